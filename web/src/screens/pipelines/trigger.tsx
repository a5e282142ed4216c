// One trigger: when it comes next, why it did or did not act last time, what it would do now, and every time that its news came.
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { freshKey } from "../../api/fresh";
import { Act } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { Time } from "../../parts/time";
import { count, moment } from "../../parts/words";
import { toJournal, toRun } from "../../state/paths";
import { comesAt, FIRING_NEWS, type Trigger } from "./declaring";
import { elsewhere } from "./making";

type Explained = Answer<"triggers.why">;

type Props = {
  trigger: Trigger;
  /** The firing that is told; "" for the last one. */
  firing: string;
  choose: (firing: string) => void;
  close: () => void;
};

export function OneTrigger({ trigger, firing, choose, close }: Props) {
  const firings = useAsk("triggers.firings", { trigger: trigger.name, limit: 50 }, { news: FIRING_NEWS });
  const newest = trigger.firings?.[0];
  const told = firing || String(newest?.id ?? "");
  const why = useAsk("triggers.why", told ? { firing: Number(told) } : null, { news: FIRING_NEWS, keep: true });
  const standing = newest ? `${newest.id} ${newest.state}` : "";
  const seen = useRef(standing);
  useEffect(() => {
    if (seen.current === standing) return;
    seen.current = standing;
    firings.again();
    why.again();
  }, [standing]);
  return (
    <Panel
      title={trigger.name}
      note={trigger.sentence}
      actions={
        <span class="ends">
          <RunNow trigger={trigger} />
          <Close close={close} />
        </span>
      }
    >
      <div class="stack trigger">
        {trigger.note && <p class="warn">{trigger.note}</p>}
        <section>
          <h3>When next</h3>
          <Next trigger={trigger} />
        </section>
        <section aria-label="why">
          <h3>{firing ? `Why firing ${firing} did, or did not` : "Why it did, or did not, last time"}</h3>
          {told ? <Answered of={why}>{(explained) => <Told {...explained} />}</Answered> : <NeverFired trigger={trigger} />}
        </section>
        <WouldDo trigger={trigger} entry={newest?.entry ?? null} />
        <Answered of={firings}>
          {(list) =>
            list.length > 0 && (
              <section>
                <h3>Every time its news came</h3>
                <ol class="firings">
                  {list.map((one) => (
                    <li key={one.id}>
                      <State is={one.state} /> <Time at={one.at} />{" "}
                      <button
                        type="button"
                        class="quiet"
                        aria-pressed={String(one.id) === told}
                        aria-label={`why, firing ${one.id}`}
                        onClick={() => choose(String(one.id))}
                      >
                        why
                      </button>{" "}
                      <Mentions text={one.why} />
                    </li>
                  ))}
                </ol>
              </section>
            )
          }
        </Answered>
      </div>
    </Panel>
  );
}

/** A firing outlives its trigger. */
export function RemovedTrigger({ told, close }: { told: Explained; close: () => void }) {
  return (
    <Panel title={told.firing.trigger} note="this trigger was removed; what it did stays on record" actions={<Close close={close} />}>
      <Told {...told} />
    </Panel>
  );
}

function Close({ close }: { close: () => void }) {
  return (
    <button type="button" class="quiet" aria-label="close the trigger" onClick={close}>
      ✕
    </button>
  );
}

function Told({ firing, lines }: Explained) {
  return (
    <>
      <p class="row">
        <State is={firing.state} /> firing {firing.id}
        {firing.fired != null && (
          <a class="said" href={toJournal({ entry: firing.fired })}>
            what it caused
          </a>
        )}
      </p>
      <ol class="why-lines">
        {lines.map((line, at) => (
          <li key={at}>
            <Mentions text={line} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Next({ trigger }: { trigger: Trigger }) {
  const { when } = trigger.declared;
  const at = comesAt(trigger);
  if (trigger.state === "paused") return <p>It is paused: news that come meanwhile are passed over, also afterwards.</p>;
  if (at !== undefined)
    return (
      <p>
        <Time at={at} />, at {moment(at)}
      </p>
    );
  if (when.on === "webhook")
    return (
      <p>
        When somebody who knows the secret <code>{when.secret}</code> calls <code>POST {`${location.origin}/hooks/${trigger.name}`}</code>.
      </p>
    );
  if (trigger.next_at != null)
    return (
      <p>
        When it finds something new; it looks again <Time at={trigger.next_at} />.
      </p>
    );
  return <p>When its news come: nobody knows when that is.</p>;
}

function NeverFired({ trigger }: { trigger: Trigger }) {
  const { passed = 0 } = trigger;
  if (passed) return <p>{count(passed, "time")} news of its kind came, and its conditions did not hold.</p>;
  return (
    <p>
      Nothing that it waits for has come since <Time at={trigger.applied_at} />, when it was set by {trigger.actor}.
    </p>
  );
}

/** What it would do if its news came now: those of last time, or, before any came, news that say nothing. */
function WouldDo({ trigger, entry }: { trigger: Trigger; entry: number | null }) {
  const test = useAsk("triggers.test", { trigger: trigger.name, entry }, { keep: true });
  return (
    <details>
      <summary>What would it do now?</summary>
      <Answered of={test}>
        {({ state, why, acts = [] }) => (
          <>
            <p>
              <State is={state} /> <Mentions text={entry === null ? why : `with the news of entry ${entry} again: ${why}`} />
            </p>
            <ul class="plain-list">
              {acts.map((act) => (
                <li key={act}>{act}</li>
              ))}
            </ul>
          </>
        )}
      </Answered>
    </details>
  );
}

/** Asks for the run that it would ask for. That is no firing: nothing came, and its limits neither hold nor count it. */
function RunNow({ trigger }: { trigger: Trigger }) {
  const { route } = useLocation();
  const act = trigger.declared.do.find((one) => one.act === "run");
  if (act?.act !== "run") return null;
  const { submission } = act;
  const refused = elsewhere(trigger) || (act.fresh && "it runs the code of a commit, and there is none") || unfilled(submission.parameters);
  if (refused)
    return (
      <button type="button" disabled title={refused}>
        Run now…
      </button>
    );
  return (
    <Act
      name="runs.submit"
      request={() => ({ ...submission, key: freshKey() })}
      label="Run now…"
      title={`Run ${submission.definition.name} now?`}
      consequence={`${submission.definition.name} runs as the trigger would run it, with the code and environment that it captured. This is no firing of ${trigger.name}: its limits are not asked, and do not count it.`}
      done={(made) => route(toRun(made.id))}
    />
  );
}

/** Why its parameters mean nothing without news: they name what the news say. */
function unfilled(parameters: Record<string, unknown> = {}): string {
  const open = Object.keys(parameters).filter((name) => hasPlace(parameters[name]));
  return open.length ? `${open.join(", ")} is filled in from the news` : "";
}

function hasPlace(value: unknown): boolean {
  if (typeof value === "string") return /\{[^{}]+\}/.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some(hasPlace);
}
