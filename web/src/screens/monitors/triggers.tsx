// What follows from alarms of this endpoint: triggers that wait for them, and making one from here.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Copy } from "../../parts/copy";
import { Dialog, Foot } from "../../parts/dialog";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import { DAY, declared, free, KINDS, python, sentence, type Wish } from "./declaring";
import type { Monitor } from "./reading";

export function TriggersHere({ of }: { of: Monitor }) {
  const asked = useAsk("triggers.list", {}, { news: ["trigger."] });
  const [open, setOpen] = useState(false);
  const refused = refusal("triggers.apply");
  return (
    <Panel
      title="What follows from alarms"
      actions={
        <button type="button" disabled={!!refused || !asked.value} title={refused} onClick={() => setOpen(true)}>
          Make a trigger from here…
        </button>
      }
    >
      <Answered of={asked}>
        {(all) => {
          const here = all.filter((one) => waitsFor(one, of.endpoint));
          return (
            <>
              {here.length ? (
                <ul class="plain-list">
                  {here.map((one) => (
                    <li key={one.name}>
                      <State is={one.state} /> <a href={to("pipelines", undefined, { trigger: one.name })}>{one.name}</a> {one.sentence}
                    </li>
                  ))}
                </ul>
              ) : (
                <p class="soft">Nothing follows by itself from an alarm of {of.endpoint}: no trigger waits for one.</p>
              )}
              {open && (
                <Make
                  of={of}
                  taken={all.map((one) => one.name)}
                  close={() => setOpen(false)}
                  done={() => {
                    setOpen(false);
                    asked.again();
                  }}
                />
              )}
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

type Trigger = { declared: { when: { on: string }; limits?: { match?: Record<string, unknown> } } };

/** Whether a trigger waits for alarms that may be of this endpoint. */
export function waitsFor(trigger: Trigger, endpoint: string): boolean {
  const when = trigger.declared.when as { on: string; kind?: string };
  if (when.on !== "news" || !/^(alarm\b|\*)/.test(when.kind ?? "")) return false;
  const wanted = trigger.declared.limits?.match?.endpoint;
  if (wanted === undefined) return true;
  return Array.isArray(wanted) ? wanted.includes(endpoint) : wanted === endpoint;
}

function Make({ of, taken, close, done }: { of: Monitor; taken: readonly string[]; close: () => void; done: () => void }) {
  const [wish, setWish] = useState<Wish>({
    name: free(`retrain-${of.endpoint}`, taken),
    kinds: ["performance"],
    slices: false,
    cooldown: DAY,
    most: 3,
    per: 7 * DAY,
    persists: 0,
    quality: true,
  });
  const runs = useAsk("runs.list", { query: "state = done", limit: 100 });
  const [chosen, choose] = useState("");
  const candidates = newestOfEach(runs.value?.runs ?? []);
  const run = useAsk("runs.get", candidates.length ? { run: chosen || String(candidates[0]!.id) } : null);
  const { perform, busy, problem } = usePerform("triggers.apply", done);
  const clash = taken.includes(wish.name);
  const put = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const step = run.value?.step ?? "";
  const submit = (event: Event) => {
    event.preventDefault();
    if (run.value && !clash && wish.kinds.length) perform({ triggers: [declared(wish, of.endpoint, run.value)] });
  };
  return (
    <Dialog title={`Retrain when ${of.name} opens an alarm`} close={close} wide>
      <form onSubmit={submit}>
        <label class="field">
          Name
          <input value={wish.name} required pattern="[A-Za-z0-9._\-]{1,64}" onInput={(event) => put({ name: event.currentTarget.value })} />
        </label>
        {clash && (
          <p class="bad" role="alert">
            ✕ there is a trigger {wish.name} already, and it is not replaced from here: choose another name
          </p>
        )}
        <fieldset class="row">
          <legend class="soft">when an alarm opens of</legend>
          {KINDS.map((kind) => (
            <label key={kind}>
              <input
                type="checkbox"
                checked={wish.kinds.includes(kind)}
                onChange={() =>
                  put({ kinds: wish.kinds.includes(kind) ? wish.kinds.filter((one) => one !== kind) : [...wish.kinds, kind] })
                }
              />{" "}
              {kind}
            </label>
          ))}
          <label>
            <input type="checkbox" checked={wish.slices} onChange={(event) => put({ slices: event.currentTarget.checked })} /> of slices,
            too
          </label>
        </fieldset>
        <label class="field">
          Run what this run was
          <select value={chosen || String(candidates[0]?.id ?? "")} onChange={(event) => choose(event.currentTarget.value)}>
            {candidates.map((one) => (
              <option key={one.id} value={String(one.id)}>
                {one.step}, as run {one.id} {one.name}
              </option>
            ))}
          </select>
          <small class="soft">Its code, environment and parameters as they are on record; its data as they are then.</small>
        </label>
        <Limits of={wish} put={put} />
        {step && <p class="consequence">{sentence(wish, of.endpoint, step)}</p>}
        {step && (
          <details>
            <summary>The same in a file for treadle apply</summary>
            <pre>{python(wish, of.endpoint, step)}</pre>
            <Copy text={python(wish, of.endpoint, step)} />
          </details>
        )}
        {runs.value && !candidates.length && (
          <p>
            No run has ended well yet that could be run again: <code>treadle run FILE::PIPELINE</code>
          </p>
        )}
        {(run.problem ?? runs.problem) && <ProblemBox problem={(run.problem ?? runs.problem)!} />}
        {problem && <ProblemBox problem={problem} />}
        <Foot close={close} off={busy || clash || !run.value?.definition || !wish.kinds.length}>
          Make the trigger
        </Foot>
      </form>
    </Dialog>
  );
}

function Limits({ of, put }: { of: Wish; put: (part: Partial<Wish>) => void }) {
  const hours = (seconds: number) => String(seconds / 3600);
  return (
    <div class="settings-form">
      <label class="field">
        Not again for (hours)
        <input
          type="number"
          min={0}
          step="any"
          value={hours(of.cooldown)}
          onInput={(event) => put({ cooldown: Number(event.currentTarget.value) * 3600 })}
        />
      </label>
      <label class="field">
        At most so many times (0: any)
        <input type="number" min={0} value={of.most} onInput={(event) => put({ most: Number(event.currentTarget.value) })} />
      </label>
      <label class="field">
        in so many days
        <input type="number" min={1} value={of.per / DAY} onInput={(event) => put({ per: Number(event.currentTarget.value) * DAY })} />
      </label>
      <label class="field">
        Only if still open after (hours)
        <input
          type="number"
          min={0}
          step="any"
          value={hours(of.persists)}
          onInput={(event) => put({ persists: Number(event.currentTarget.value) * 3600 })}
        />
      </label>
      <label class="field-line">
        <input type="checkbox" checked={of.quality} onChange={(event) => put({ quality: event.currentTarget.checked })} /> never while an
        alarm of quality is open: bad data retrain nothing
      </label>
    </div>
  );
}

/** The newest run of each pipeline and step, pipelines first. */
export function newestOfEach<R extends { id: number; step: string; kind: string }>(runs: readonly R[]): R[] {
  const found = new Map<string, R>();
  for (const run of runs) if ((found.get(run.step)?.id ?? 0) < run.id) found.set(run.step, run);
  return [...found.values()].sort((a, b) => Number(b.kind === "pipeline") - Number(a.kind === "pipeline") || b.id - a.id);
}
