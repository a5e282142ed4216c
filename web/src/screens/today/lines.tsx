// One line of what waits: its button first, then what it is about, in words.
import type { ComponentChildren } from "preact";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Act } from "../../parts/act";
import { Markdown } from "../../parts/markdown";
import { Mentions, Subject } from "../../parts/mentions";
import { Time } from "../../parts/time";
import { count } from "../../parts/words";
import { to, toRun } from "../../state/paths";

type Again = { again: () => void };

export function Line({
  sign,
  tone,
  actions,
  children,
}: {
  sign: string;
  tone: string;
  actions: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <li class="todo">
      <div class="todo-acts">{actions}</div>
      <i class={tone} aria-hidden="true">
        {sign}
      </i>
      <div class="todo-words">{children}</div>
    </li>
  );
}

export function AlarmLine({ alarm, again }: { alarm: Schema<"Alarm"> } & Again) {
  const page = alarm.severity === "page";
  const seen = !!alarm.acknowledged_by;
  return (
    <Line
      sign={seen ? "△" : "▲"}
      tone={seen ? "warn" : page ? "bad" : "warn"}
      actions={
        <>
          {!seen && (
            <Act
              name="monitoring.acknowledge"
              request={(words) => ({ alarm: alarm.id, words })}
              label="Acknowledge"
              title={`Acknowledge alarm ${alarm.id}?`}
              consequence="Everybody sees that you have seen it. It stays open until its windows are good again, and what it triggered goes on."
              words="What do you think of it? (kept with it)"
              done={again}
            />
          )}
          <a class="button" href={to("monitors", alarm.monitor, { alarm: alarm.id })}>
            Look
          </a>
        </>
      }
    >
      <Subject of={`alarm:${alarm.id}`}>alarm {alarm.id}</Subject> {!page && <span class="soft">(worth knowing) </span>}
      <Mentions text={alarm.sentence} />
      <p class="soft">
        open since <Time at={alarm.opened_at} /> at endpoint <Subject of={`endpoint:${alarm.endpoint}`}>{alarm.endpoint}</Subject>
        {seen && ` · seen by ${alarm.acknowledged_by}${alarm.words ? `: ${alarm.words}` : ""}`}
      </p>
    </Line>
  );
}

export function FailedLine({ run, again }: { run: Schema<"FailedRun"> } & Again) {
  return (
    <Line
      sign="✕"
      tone="bad"
      actions={
        <>
          <Act
            name="runs.rerun"
            request={() => ({ run: String(run.run), key: crypto.randomUUID() })}
            label="Rerun"
            hint="a new run of the same code, inputs and parameters"
            done={again}
          />
          <a class="button" href={toRun(run.run, "logs")}>
            First error
          </a>
        </>
      }
    >
      <Subject of={`run:${run.run}`}>
        run {run.run} {run.name}
      </Subject>{" "}
      of <b>{run.step}</b> failed {(run.times ?? 1) > 1 && <span class="bad">{count(run.times ?? 1, "time")} in a day </span>}
      {run.message && <p class="mono">{run.message.split("\n").at(-1)}</p>}
      <p class="soft">
        <Time at={run.at} /> · asked for by {run.actor}
        {run.reason && ` · ${run.reason}`}
      </p>
    </Line>
  );
}

export function StuckLine({ run, again }: { run: Schema<"StuckRun"> } & Again) {
  return (
    <Line
      sign="…"
      tone="warn"
      actions={
        <Act
          name="runs.stop"
          request={(why) => ({ run: String(run.run), why })}
          label="Stop"
          kind="danger"
          title={`Stop run ${run.run}?`}
          consequence={`Run ${run.run} and everything it started end as stopped; what it has recorded so far stays. It can be asked for again.`}
          words="Why? (kept with it)"
          done={again}
        />
      }
    >
      <Subject of={`run:${run.run}`}>
        run {run.run} {run.name}
      </Subject>{" "}
      of <b>{run.step}</b> is {run.state} since <Time at={run.since} />: {run.waits_for}
      <p class="soft">
        on engine {run.engine} · asked for by {run.actor}
      </p>
    </Line>
  );
}

export function RolloutLine({ rollout, again }: { rollout: Schema<"Rollout"> } & Again) {
  const endpoint = useAsk("serving.endpoint", { endpoint: rollout.endpoint }, { news: ["rollout.", "revision."] });
  const refOf = (number: number) => {
    const found = endpoint.value?.revisions?.find((one) => one.number === number);
    return found && `${found.model}@v${found.version}`;
  };
  const coming = refOf(rollout.revision) ?? `revision ${rollout.revision}`;
  const former = rollout.former ? (refOf(rollout.former) ?? `revision ${rollout.former}`) : "nothing";
  return (
    <Line
      sign={rollout.state === "paused" ? "‖" : "◐"}
      tone={rollout.state === "paused" ? "warn" : "accent"}
      actions={
        <Act
          name="serving.rollback"
          request={(reason) => ({ endpoint: rollout.endpoint, reason })}
          label="Roll back"
          kind="danger"
          title={`Take ${coming} back from ${rollout.endpoint}?`}
          consequence={`All traffic goes to ${former} at once, and the rollout ends as taken back. Requests under way are answered.`}
          words="Why? (kept with it)"
          done={again}
        />
      }
    >
      <Mentions text={coming} /> rolls out at <Subject of={`endpoint:${rollout.endpoint}`}>{rollout.endpoint}</Subject>, stage{" "}
      {rollout.stage + 1} of {Math.max(1, rollout.stages.length)}
      {rollout.state === "paused" && <b class="warn"> (paused{rollout.reason ? `: ${rollout.reason}` : ""})</b>}
      <p class="soft">
        begun <Time at={rollout.started_at} />, this stage <Time at={rollout.stage_at} /> · in place of <Mentions text={former} />
      </p>
    </Line>
  );
}

export function MentionLine({ mention, again }: { mention: Schema<"Mention"> } & Again) {
  const { comment } = mention;
  return (
    <Line
      sign="@"
      tone="accent"
      actions={<Act name="comments.seen" request={() => ({ comments: [comment.id] })} label="Seen" done={again} />}
    >
      <b>{comment.actor}</b> mentioned you at <Subject of={comment.subject} />{" "}
      <span class="soft">
        <Time at={comment.at} />
      </span>
      <Markdown text={comment.text} />
    </Line>
  );
}
