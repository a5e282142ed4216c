// How a run went, try by try: each attempt by itself, how it ended, where, and what to do about it.
import { Copy } from "../../parts/copy";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { Took } from "../../parts/taking";
import { Time } from "../../parts/time";
import { size, took } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import type { Run } from "./index";

type Attempt = NonNullable<Run["attempts"]>[number];
type End = NonNullable<Attempt["end"]>;

const WORDS: Record<string, string> = {
  done: "done",
  raised: "an exception",
  exit: "an exit status",
  signal: "a signal",
  memory: "out of memory",
  time: "out of time",
  stopped: "stopped",
  lost: "nobody heard of it again",
  start: "it could not be started",
};

export function Attempts({ run }: { run: Run }) {
  const [chosen, choose] = useParam("attempt", "0");
  const attempts = run.attempts ?? [];
  const attempt = attempts.find((one) => String(one.number) === chosen) ?? attempts.at(-1);
  const end = attempt?.end ?? (attempt ? undefined : run.error);
  if (!attempt) return end ? <Ended end={end} /> : null;
  return (
    <Panel
      title={attempts.length > 1 ? "Attempts" : `Attempt ${attempt.number}`}
      note={<Told attempt={attempt} />}
      actions={<a href={to("runs", run.id, { tab: "logs", attempt: attempts.length > 1 ? attempt.number : undefined })}>Its log</a>}
    >
      {attempts.length > 1 && (
        <div class="row" role="radiogroup" aria-label="attempt">
          {attempts.map((one) => (
            <button
              key={one.number}
              type="button"
              role="radio"
              aria-checked={one === attempt}
              class={one === attempt ? "chosen" : ""}
              onClick={() => choose(String(one.number))}
            >
              {one.number} <State is={stateOf(one)} />
            </button>
          ))}
        </div>
      )}
      {end && end.kind !== "done" && <Ended end={end} />}
    </Panel>
  );
}

function stateOf(attempt: Attempt): string {
  if (!attempt.end) return attempt.state;
  return attempt.end.kind === "done" || attempt.end.kind === "stopped" ? attempt.end.kind : "failed";
}

function Told({ attempt }: { attempt: Attempt }) {
  const { usage } = attempt;
  return (
    <>
      {attempt.end ? (WORDS[attempt.end.kind] ?? attempt.end.kind) : attempt.state} · {attempt.engine}
      {attempt.host && ` on ${attempt.host}`} · began <Time at={attempt.started_at ?? attempt.claimed_at} /> · took <Took run={attempt} />
      {usage && ` · ${took(usage.cpu)} CPU, ${size(usage.memory)} memory`}
      {attempt.log_size ? ` · ${size(attempt.log_size)} of log` : " · no log"}
      {attempt.silent != null && <span class="bad"> · silent for {took(attempt.silent)}: its supervisor has not been heard of</span>}
    </>
  );
}

/** How it ended when it did not end well. */
export function Ended({ end }: { end: End }) {
  return (
    <section class="problem" aria-label="how it ended">
      <strong>
        {end.error && `${end.error}: `}
        {end.message || WORDS[end.kind]}
      </strong>
      {end.exit != null && <span class="soft"> exit status {end.exit}</span>}
      {end.signal && <span class="soft"> {end.signal}</span>}
      {end.place && (
        <p class="mono">
          {end.place} <Copy text={end.place} />
        </p>
      )}
      {end.hint && (
        <p>
          <span class="soft">next </span>
          <code>{end.hint}</code> <Copy text={end.hint} />
        </p>
      )}
      {end.traceback && (
        <details open>
          <summary>Traceback</summary>
          <pre class="traceback">{end.traceback}</pre>
        </details>
      )}
      {end.code && <p class="soft">treadle explain {end.code}</p>}
    </section>
  );
}
