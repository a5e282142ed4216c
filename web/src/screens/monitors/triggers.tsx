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
import { DAY, LimitFields, ofAlarms } from "../../parts/trigger_limits";
import { free, NameField } from "../../parts/trigger_name";
import { newestOfEach, RunField, useRunOnRecord } from "../../parts/trigger_run";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import { declared, KINDS, python, sentence, type Wish } from "./declaring";
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
  if (when.on !== "news" || !ofAlarms(when.kind ?? "")) return false;
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
    alone: true,
    quality: true,
  });
  const chosen = useRunOnRecord("state = done", newestOfEach);
  const run = chosen.run;
  const { perform, busy, problem } = usePerform("triggers.apply", done);
  const clash = taken.includes(wish.name);
  const put = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const step = run?.step ?? "";
  const submit = (event: Event) => {
    event.preventDefault();
    if (run && !clash && wish.kinds.length) perform({ triggers: [declared(wish, of.endpoint, run)] });
  };
  return (
    <Dialog title={`Retrain when ${of.name} opens an alarm`} close={close} wide>
      <form onSubmit={submit}>
        <NameField value={wish.name} taken={taken} put={(name) => put({ name })} />
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
        <RunField of={chosen} />
        <LimitFields of={wish} put={put} alarm />
        {step && <p class="consequence">{sentence(wish, of.endpoint, step)}</p>}
        {step && (
          <details>
            <summary>The same in a file for treadle apply</summary>
            <pre>{python(wish, of.endpoint, step)}</pre>
            <Copy text={python(wish, of.endpoint, step)} />
          </details>
        )}
        {problem && <ProblemBox problem={problem} />}
        <Foot close={close} off={busy || clash || !run?.definition || !wish.kinds.length}>
          Make the trigger
        </Foot>
      </form>
    </Dialog>
  );
}
