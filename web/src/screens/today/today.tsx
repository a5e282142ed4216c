// Today: what needs me now? Each line has its button first; below, what happened last.
import type { ComponentChildren } from "preact";
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Act } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Page, Panel } from "../../parts/page";
import { WAITING_NEWS, waiting } from "../../state/waiting";
import { RunLine, VersionLine } from "./approvals";
import { AlarmLine, FailedLine, MentionLine, RolloutLine, StuckLine } from "./lines";
import { News } from "./news";
import "./today.css";

type Now = Answer<"delivery.today">;

export default function Today() {
  const asked = useAsk("delivery.today", {}, { news: WAITING_NEWS });
  return (
    <Page
      title="Today"
      lead="what needs somebody now"
      says={{ cli: "treadle api delivery.today", python: "client(read_today, AskToday())" }}
    >
      <div class="stack">
        <Answered of={asked} rows={6}>
          {(now) => <Waiting now={now} again={asked.again} />}
        </Answered>
        <News />
      </div>
    </Page>
  );
}

function Waiting({ now, again }: { now: Now; again: () => void }) {
  const { counts } = now;
  const all = waiting(counts);
  return (
    <>
      {all === 0 && (
        <p class="panel nothing" role="status">
          <b class="ok">✓ Nothing waits.</b>{" "}
          <span class="soft">Approvals, alarms, runs that failed or do not get on, and words for you appear here by themselves.</span>
        </p>
      )}
      <Section title="Asked of you" of={(counts.versions ?? 0) + (counts.runs ?? 0)} shown={now.versions.length + now.runs.length}>
        {now.versions.map((version) => (
          <VersionLine key={version.ref} {...{ version, again }} />
        ))}
        {now.runs.map((run) => (
          <RunLine key={run.run} {...{ run, again }} />
        ))}
      </Section>
      <Section title="Alarms nobody has seen" of={counts.alarms} shown={now.alarms.length}>
        {now.alarms.map((alarm) => (
          <AlarmLine key={alarm.id} {...{ alarm, again }} />
        ))}
      </Section>
      <Section
        title="Failed runs"
        note="of the last 24 hours, whose step has not succeeded since"
        of={counts.failed}
        shown={now.failed.length}
      >
        {now.failed.map((run) => (
          <FailedLine key={run.run} {...{ run, again }} />
        ))}
      </Section>
      <Section title="Runs that do not get on" of={counts.stuck} shown={now.stuck.length}>
        {now.stuck.map((run) => (
          <StuckLine key={run.run} {...{ run, again }} />
        ))}
      </Section>
      <Section title="Rollouts under way" of={counts.rollouts} shown={now.rollouts.length}>
        {now.rollouts.map((rollout) => (
          <RolloutLine key={rollout.id} {...{ rollout, again }} />
        ))}
      </Section>
      <Section
        title="Words for you"
        of={counts.mentions}
        shown={now.mentions.length}
        actions={<Act name="comments.seen" request={() => ({})} label="All seen" done={again} />}
      >
        {now.mentions.map((mention) => (
          <MentionLine key={mention.comment.id} {...{ mention, again }} />
        ))}
      </Section>
      <Section title="Alarms that somebody looks after" of={counts.acknowledged} shown={now.acknowledged.length}>
        {now.acknowledged.map((alarm) => (
          <AlarmLine key={alarm.id} {...{ alarm, again }} />
        ))}
      </Section>
    </>
  );
}

type SectionProps = {
  title: string;
  note?: string;
  /** How many there are, and how many of them are listed. */
  of: number | undefined;
  shown: number;
  actions?: ComponentChildren;
  children: ComponentChildren;
};

function Section({ title, note, of = 0, shown, actions, children }: SectionProps) {
  if (of === 0) return null;
  return (
    <Panel
      title={
        <>
          {title} <span class="badge quiet">{of}</span>
        </>
      }
      note={shown < of ? `the ${shown} newest of ${of}` : note}
      actions={of > 1 && actions}
    >
      <ul class="todos">{children}</ul>
    </Panel>
  );
}
