// A new run like an earlier one: the same definition, code and inputs, with other parameters.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { refusal } from "../../state/me";
import { toRun } from "../../state/paths";
import type { Run } from "./paging";

export function NewRun({ like }: { like?: number | undefined }) {
  const [open, setOpen] = useState(false);
  const refused = refusal("runs.rerun");
  return (
    <>
      <button type="button" class="primary" disabled={!!refused} title={refused || undefined} onClick={() => setOpen(true)}>
        New run
      </button>
      {open && (
        <Dialog title="New run" close={() => setOpen(false)} wide>
          <Choosing like={like} close={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
}

function Choosing({ like, close }: { like: number | undefined; close: () => void }) {
  const recent = useAsk("runs.list", { limit: 100, columns: ["step", "state"] });
  const [chosen, setChosen] = useState(like);
  const { route } = useLocation();
  return (
    <Answered of={recent}>
      {({ runs }) => {
        const newest = newestOfEach(runs);
        const now = chosen ?? newest[0]?.id;
        if (now === undefined) return <Empty title="Nothing has run yet" lines={["treadle run pipeline.py::train"]} />;
        return (
          <>
            <label class="field">
              like
              <select value={now} onChange={(event) => setChosen(Number(event.currentTarget.value))}>
                {chosen !== undefined && !newest.some((run) => run.id === chosen) && <option value={chosen}>run {chosen}</option>}
                {newest.map((run) => (
                  <option key={run.id} value={run.id}>{`${run.kind} ${run.step}: run ${run.id} ${run.name}, ${run.state}`}</option>
                ))}
              </select>
            </label>
            <Parameters key={now} run={now} close={close} asked={(made) => route(toRun(made.id))} />
          </>
        );
      }}
    </Answered>
  );
}

/** The newest run of each step or pipeline: what one can ask for again. */
function newestOfEach(runs: readonly Run[]): Run[] {
  const seen = new Map<string, Run>();
  for (const run of runs) if (!seen.has(run.step)) seen.set(run.step, run);
  return [...seen.values()];
}

function Parameters({ run, close, asked }: { run: number; close: () => void; asked: (run: Run) => void }) {
  const like = useAsk("runs.get", { run: String(run) });
  const [texts, setTexts] = useState<Record<string, string>>({});
  const { perform, busy, problem } = usePerform("runs.rerun", asked);
  return (
    <Answered of={like}>
      {(told) => {
        const before = (told.parameters ?? {}) as Record<string, unknown>;
        const changed = Object.fromEntries(
          Object.entries(texts).flatMap(([name, text]) => (text === written(before[name]) ? [] : [[name, meant(text, before[name])]])),
        );
        return (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              perform({ run: String(run), key: crypto.randomUUID(), parameters: changed as never });
            }}
          >
            {Object.keys(before).length === 0 && <p class="soft">It has no parameters: the same again.</p>}
            {Object.entries(before).map(([name, value]) => (
              <label class="field" key={name}>
                <span class="mono">{name}</span>
                <input
                  class="mono"
                  value={texts[name] ?? written(value)}
                  onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
                />
              </label>
            ))}
            <p class="soft">
              The code and the inputs are those of run {run} {told.name}. Where an equal result is there already it is reused.
            </p>
            {problem && <ProblemBox problem={problem} />}
            <Foot close={close} off={busy}>
              {Object.keys(changed).length ? `Run with ${Object.keys(changed).join(", ")} changed` : "Run the same again"}
            </Foot>
          </form>
        );
      }}
    </Answered>
  );
}

/** A parameter as one line of text: words without quotes, anything else as JSON. */
export function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** What a text means for a parameter: words stay words where words were before. */
export function meant(text: string, before: unknown): unknown {
  if (typeof before === "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
