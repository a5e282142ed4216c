// What can be done with the ticked runs.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { forget, problemOf } from "../../api/ask";
import { call, type Problem } from "../../api/client";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { count } from "../../parts/words";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import type { Run } from "./paging";

type Props = { runs: readonly Run[]; clear: () => void; done: () => void };
export const MOST_COMPARED = 10;

export function Actions({ runs, clear, done }: Props) {
  const live = runs.filter((run) => ["queued", "starting", "running"].includes(run.state));
  const compared = runs.slice(0, MOST_COMPARED).map((run) => run.id);
  return (
    <div class="row ticked-actions" role="toolbar" aria-label="the ticked runs">
      {runs.length > 1 && (
        <a
          class="button"
          href={to("compare", undefined, { runs: compared.join(",") })}
          title={runs.length > MOST_COMPARED ? `the first ${MOST_COMPARED}` : "c"}
        >
          Compare {compared.length}
        </a>
      )}
      <Tag runs={runs} done={done} />
      <Each
        name="runs.stop"
        label="Stop"
        title={`Stop ${count(live.length, "run")}?`}
        kind="danger"
        runs={live}
        done={done}
        perform={(run) => call("runs.stop", { run: String(run.id) })}
      >
        What they have written so far is kept. A pipeline stops with everything that it started; it can be resumed.
      </Each>
      <Each
        name="runs.rerun"
        label="Rerun"
        title={`Ask for ${count(runs.length, "run")} again?`}
        runs={runs}
        done={done}
        perform={(run) => call("runs.rerun", { run: String(run.id), key: crypto.randomUUID() })}
      >
        New runs of the same definitions, code and inputs. Where an equal result is there already it is reused.
      </Each>
      <button type="button" class="quiet" onClick={clear}>
        Untick all {runs.length}
      </button>
    </div>
  );
}

type EachProps = {
  name: "runs.stop" | "runs.rerun";
  label: string;
  title: string;
  kind?: string;
  runs: readonly Run[];
  perform: (run: Run) => Promise<unknown>;
  done: () => void;
  children: ComponentChildren;
};

function Each({ name, label, title, kind = "", runs, perform, done, children }: EachProps) {
  const [asking, setAsking] = useState(false);
  const each = useEach(perform, () => {
    setAsking(false);
    done();
  });
  const refused = refusal(name);
  return (
    <>
      <button
        type="button"
        disabled={!runs.length || !!refused}
        title={refused || (runs.length ? undefined : "none of them is under way")}
        onClick={() => setAsking(true)}
      >
        {label}
      </button>
      {asking && (
        <Dialog title={title} close={() => setAsking(false)}>
          <div class="consequence">{children}</div>
          <p class="mono">{runs.map((run) => `${run.id} ${run.name}`).join(", ")}</p>
          {each.problem && <ProblemBox problem={each.problem} />}
          <Foot close={() => setAsking(false)} off={each.busy} kind={kind || "primary"} go={() => each.go(runs)}>
            {label}
          </Foot>
        </Dialog>
      )}
    </>
  );
}

/** Performs something for each run in turn; the first that is refused ends it, and is named. */
function useEach(perform: (run: Run) => Promise<unknown>, done: () => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const go = async (runs: readonly Run[]) => {
    setBusy(true);
    setProblem(undefined);
    try {
      for (const run of runs) await perform(run);
      forget();
      done();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { go, busy, problem };
}

function Tag({ runs, done }: { runs: readonly Run[]; done: () => void }) {
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const each = useEach(
    (run) => call("tracking.tag", { run: String(run.id), tags: { [name.trim()]: value.trim() || null } }),
    () => {
      setAsking(false);
      done();
    },
  );
  const refused = refusal("tracking.tag");
  return (
    <>
      <button type="button" disabled={!!refused} title={refused || undefined} onClick={() => setAsking(true)}>
        Tag
      </button>
      {asking && (
        <Dialog title={`Tag ${count(runs.length, "run")}`} close={() => setAsking(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              each.go(runs);
            }}
          >
            <label class="field">
              tag
              <input required value={name} placeholder="team" onInput={(event) => setName(event.currentTarget.value)} />
            </label>
            <label class="field">
              value (without one the tag is removed)
              <input value={value} placeholder="blue" onInput={(event) => setValue(event.currentTarget.value)} />
            </label>
            {each.problem && <ProblemBox problem={each.problem} />}
            <Foot close={() => setAsking(false)} off={each.busy}>
              {value.trim() ? "Set the tag" : "Remove the tag"}
            </Foot>
          </form>
        </Dialog>
      )}
    </>
  );
}
