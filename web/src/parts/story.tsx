// Why something is as it is: entries of the journal, each caused by one above, and beneath them what it was made of.
import { useAsk } from "../api/ask";
import type { Schema } from "../api/client";
import { Answered, Empty } from "./answer";
import { Mentions, Subject } from "./mentions";
import { Panel } from "./page";
import "./story.css";
import { ago, moment, took, utc } from "./words";

export type Line = Schema<"Line">;
type Fact = Schema<"Fact">;

/** The sign of a kind of entry, and its tone; what is not named here has a dot. */
const SIGNS: Record<string, [sign: string, tone: string]> = {
  "alarm.opened": ["▲", "bad"],
  "alarm.raised": ["▲", "bad"],
  "alarm.acknowledged": ["△", "warn"],
  "alarm.closed": ["✓", "ok"],
  "alias.moved": ["→", "accent"],
  "dataset.committed": ["+", "accent"],
  "model.registered": ["+", "accent"],
  "revision.live": ["●", "ok"],
  "rollout.started": ["◐", "accent"],
  "rollout.stage": ["◐", "accent"],
  "rollout.paused": ["‖", "warn"],
  "rollout.resumed": ["▶", "accent"],
  "rollout.done": ["✓", "ok"],
  "rollout.taken_back": ["↩", "bad"],
  "run.queued": ["▷", "accent"],
  "run.running": ["▶", "accent"],
  "run.done": ["✓", "ok"],
  "run.reused": ["↺", "idle"],
  "run.failed": ["✕", "bad"],
  "run.stopped": ["■", "idle"],
  "trigger.fired": ["»", "accent"],
  "version.approved": ["✓", "ok"],
  "version.failed": ["✕", "bad"],
  "version.rejected": ["✕", "bad"],
  "version.waiting": ["…", "warn"],
};
const FEW = 3; // details that are shown without being asked for

/** The story of a subject: `model://churn@v3`, `endpoint:churn`, `run:12`, `alarm:3`, `dataset:customers@v2`, `entry:17`. */
export function StoryOf({ subject, facts = true }: { subject: string; facts?: boolean }) {
  const story = useAsk("delivery.story", { ref: subject }, { news: ["alias.", "version.", "rollout.", "revision.", "alarm.", "dataset."] });
  return (
    <Answered of={story}>
      {({ title, lines, lineage }) => (
        <div class="stack">
          <Panel title={title} note="every line is an entry of the journal, caused by the one its line leads to">
            {lines.length ? <StoryLines lines={lines} /> : <Empty title="Nothing is told of it yet" />}
          </Panel>
          {facts && !!lineage?.length && (
            <Panel title="What it is made of">
              <MadeOf facts={lineage} />
            </Panel>
          )}
        </div>
      )}
    </Answered>
  );
}

/** The lines alone, for a page that tells a story of its own. */
export function StoryLines({ lines }: { lines: readonly Line[] }) {
  return (
    <ol class="story">
      {lines.map((line, at) => {
        const before = lines[at - 1];
        const next = lines[at + 1];
        const day = moment(line.at).slice(0, 10);
        return [
          (!before || moment(before.at).slice(0, 10) !== day) && (
            <li key={day} class="day" style={{ display: "block" }}>
              {day}
            </li>
          ),
          <Told key={line.entry} line={line} why={cause(lines, at)} last={!next || next.cause !== line.entry} />,
        ];
      })}
    </ol>
  );
}

/** How a line's cause is told: by the line that leads to it, in words where it stands further above, or not at all. */
export function cause(lines: readonly Line[], at: number): Line | "above" | null {
  const wanted = lines[at]!.cause;
  if (wanted === undefined || wanted === null) return null;
  if (lines[at - 1]?.entry === wanted) return "above";
  return lines.slice(0, at).find((line) => line.entry === wanted) ?? null;
}

function Told({ line, why, last }: { line: Line; why: Line | "above" | null; last: boolean }) {
  const [sign, tone] = SIGNS[line.kind] ?? ["·", "idle"];
  const kind = line.subject.startsWith("dataset:") ? "dataset" : "model";
  const details = line.details ?? [];
  return (
    <li id={`entry-${line.entry}`} class={last ? "last" : ""}>
      <time dateTime={new Date(line.at * 1000).toISOString()} title={`${moment(line.at)}\n${utc(line.at)}\n${ago(line.at)}`}>
        {moment(line.at).slice(11)}
      </time>
      <i class={`sign ${tone}`} title={line.kind} aria-hidden="true">
        {sign}
      </i>
      <div class="what">
        <Mentions text={line.sentence} kind={kind} /> <span class="soft">· {line.actor}</span> <Entry line={line} />
        {why && why !== "above" && (
          <p class="soft">
            because of <a href={`#entry-${why.entry}`}>{why.sentence}</a>, {took(line.at - why.at)} before
          </p>
        )}
        {details.length > 0 && <Details all={details} />}
      </div>
    </li>
  );
}

function Entry({ line }: { line: Line }) {
  const [, kind, name] = /^(\w+):(.*)$/.exec(line.subject) ?? ["", "", line.subject];
  return (
    <span class="soft">
      ·{" "}
      <Subject of={line.subject}>
        {kind} {name}
      </Subject>{" "}
      · <Subject of={`entry:${line.entry}`}>entry {line.entry}</Subject>
    </span>
  );
}

function Details({ all }: { all: readonly string[] }) {
  const list = (
    <ul>
      {all.map((detail) => (
        <li key={detail}>
          <Mentions text={detail} kind={detail.startsWith("data: ") ? "dataset" : "model"} />
        </li>
      ))}
    </ul>
  );
  if (all.length <= FEW) return list;
  return (
    <details>
      <summary>{all.length} details</summary>
      {list}
    </details>
  );
}

/** What went into something: label, value, and where to go on. */
export function MadeOf({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ label, value, ref }, at) => [
        <dt key={`${at}t`}>{label}</dt>,
        <dd key={`${at}d`}>{ref ? <Subject of={ref}>{value}</Subject> : value}</dd>,
      ])}
    </dl>
  );
}
