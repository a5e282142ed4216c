// The rollout under way: its stages with how far they are, what each guardrail sees, and steering it.

import { useEffect, useState } from "preact/hooks";
import { Act } from "../../parts/act";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { type Endpoint, guardWords, percent, refOf, type Stage, shareWords, waits } from "../../parts/stages";
import { State } from "../../parts/state";
import { num } from "../../parts/words";
import { guardsOf, progress, type Rollout } from "./rollouts";

const LOOK = 2000; // milliseconds: what a stage has seen grows without news in the journal

export function UnderWay({ endpoint, rollout, again }: { endpoint: Endpoint; rollout: Rollout; again: () => void }) {
  const now = useLooking(again);
  const one = endpoint.revisions?.find((revision) => revision.number === rollout.revision);
  const name = one ? refOf(one) : `revision ${rollout.revision}`;
  return (
    <Panel
      title={
        <>
          Rollout of <Mentions text={name} />
        </>
      }
      note={<State is={rollout.state} />}
      actions={<Steering endpoint={endpoint} rollout={rollout} again={again} />}
    >
      <ol class="stages">
        {rollout.stages.map((stage, at) => (
          <StageLine key={at} stage={stage} at={at} rollout={rollout} now={now} />
        ))}
        <li class="ahead">
          <span aria-hidden="true">○</span>
          <span>then it is live and answers everything</span>
        </li>
      </ol>
      {rollout.override && <p class="warn">! released against the gates: {rollout.override}</p>}
      <Guards rollout={rollout} />
    </Panel>
  );
}

/** Asks again now and then while somebody looks. */
function useLooking(again: () => void): number {
  const [now, setNow] = useState(Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return;
      setNow(Date.now() / 1000);
      again();
    }, LOOK);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function StageLine({ stage, at, rollout, now }: { stage: Stage; at: number; rollout: Rollout; now: number }) {
  const state = at < rollout.stage ? "passed" : at > rollout.stage ? "ahead" : "here";
  const sign = state === "passed" ? "✓" : state === "ahead" ? "○" : rollout.state === "paused" ? "‖" : "▶";
  return (
    <li class={state === "ahead" ? "ahead" : ""} aria-current={state === "here" ? "step" : undefined}>
      <span class={state === "passed" ? "ok" : state === "here" ? "accent" : ""} aria-hidden="true">
        {sign}
      </span>
      <span>
        stage {at + 1}: {shareWords(stage)} until {waits(stage)}
        <span class="soft"> {state === "passed" ? "passed" : state === "here" ? rollout.state : "to come"}</span>
      </span>
      {state === "here" && (
        <div class="steps">
          {progress(rollout, now).map((step) => [
            <progress key={step.what} value={Math.min(step.done, step.of)} max={step.of} aria-label={`${step.what} of this stage`} />,
            <span key={`${step.what} words`}>
              {num(step.done)} of {num(step.of)} {step.what}
            </span>,
          ])}
        </div>
      )}
    </li>
  );
}

function Steering({ endpoint, rollout, again }: { endpoint: Endpoint; rollout: Rollout; again: () => void }) {
  const paused = rollout.state === "paused";
  const act = paused ? "resume" : "pause";
  const last = rollout.stage >= rollout.stages.length - 1;
  const next = last
    ? "it becomes live and answers everything"
    : `it goes on to stage ${rollout.stage + 2}: ${shareWords(rollout.stages[rollout.stage + 1]!)}`;
  return (
    <>
      <Act
        name="serving.steer"
        request={(reason) => ({ endpoint: endpoint.name, act, reason })}
        label={paused ? "Resume" : "Pause"}
        title={paused ? "Go on with the rollout" : "Hold the rollout at its stage"}
        consequence={
          paused
            ? "The stage goes on where it stands."
            : "Its guardrails go on: harm still takes it back. No further stage begins until it is resumed."
        }
        words="Why? (for the journal)"
        done={again}
      />
      <Act
        name="serving.steer"
        request={(reason) => ({ endpoint: endpoint.name, act: "advance", reason })}
        label="Advance"
        title="Do not wait for this stage"
        consequence={`Without what the stage waits for, ${next}.`}
        words="Why? (for the journal)"
        done={again}
      />
    </>
  );
}

/** What each guardrail sees, in words and as how near it is to taking the rollout back. */
export function Guards({ rollout }: { rollout: Rollout }) {
  const guards = guardsOf(rollout);
  return (
    <>
      <p class="soft">{guardWords(rollout.guardrails)}</p>
      {guards.length > 0 && (
        <Plain label="guardrails" kind="guards">
          <thead>
            <tr>
              <th scope="col">guardrail</th>
              <th scope="col">what it sees</th>
              <th scope="col">evidence of harm</th>
            </tr>
          </thead>
          <tbody>
            {guards.map((guard) => (
              <tr key={guard.name}>
                <td>{guard.name}</td>
                <td>{guard.sentence}</td>
                <td>
                  {guard.near === null ? (
                    <span class="soft">—</span>
                  ) : (
                    <>
                      <meter value={guard.near} min={0} max={1} high={0.99} optimum={0} aria-label={`evidence of harm by ${guard.name}`} />
                      <span class={guard.near >= 1 ? "bad" : "soft"}>
                        {guard.near >= 1 ? "✕ as much as takes it back" : `${percent(guard.near)} of what takes it back`}
                      </span>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </Plain>
      )}
    </>
  );
}
