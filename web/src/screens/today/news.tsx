// What happened last in the project: sentences, those with one cause together.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Entry } from "../../api/live";
import { Answered, Empty } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { sentence } from "../../parts/sentence";
import { type Line, StoryLines } from "../../parts/story";
import { count } from "../../parts/words";
import { toJournal } from "../../state/paths";
import { project } from "../../state/project";
import { grouped, shortened, worthTelling } from "./groups";

const LOOKED_AT = 200;
const KINDS = ["run.queued", "run.done", "run.failed", "run.stopped", "version.", "model.", "alias.", "rollout.", "revision."];
const MORE_KINDS = ["alarm.", "trigger.", "dataset.", "endpoint.", "monitor.", "comment.", "labels.", "project."];

export function News() {
  const asked = useAsk(
    "journal.read",
    { newest: true, limit: LOOKED_AT, project: project.value },
    { news: [...KINDS, ...MORE_KINDS], concerns: (entry) => entry.project === project.value },
  );
  return (
    <Panel
      title="What happened last"
      note="each line is caused by the one above it"
      actions={<a href={toJournal({ project: project.value })}>the whole journal</a>}
    >
      <Answered of={asked} rows={8}>
        {(entries) => {
          const groups = grouped(entries.filter(worthTelling));
          if (!groups.length) {
            return (
              <Empty title="Nothing has happened yet" lines={["treadle init", "treadle run pipeline.py::train", "treadle runs"]}>
                A first run writes the first news.
              </Empty>
            );
          }
          return (
            <div class="stack news">
              {groups.slice(0, 12).map((group) => (
                <Group key={group[0]!.id} entries={group} />
              ))}
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}

function Group({ entries }: { entries: readonly Entry[] }) {
  const [whole, setWhole] = useState(false);
  const { first, hidden, last } = shortened(entries.map(lineOf));
  if (whole || !hidden.length) return <StoryLines lines={entries.map(lineOf)} />;
  return (
    <div>
      <StoryLines lines={first} />
      <button type="button" class="quiet" onClick={() => setWhole(true)}>
        … {count(hidden.length, "line")} between
      </button>
      <StoryLines lines={last} />
    </div>
  );
}

function lineOf(entry: Entry): Line {
  return {
    entry: entry.id,
    at: entry.at,
    actor: entry.actor,
    kind: entry.kind,
    subject: entry.subject,
    sentence: sentence(entry),
    cause: entry.cause ?? null,
  };
}
