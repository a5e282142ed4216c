// What a headline number counts: the releases, or the entries of the journal.
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Mentions, Subject } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { aboutOf, sentence } from "../../parts/sentence";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { project } from "../../state/project";
import { Releases } from "./bars";
import { FIGURES } from "./figures";

type Pace = Schema<"Pace">;
type Entry = Schema<"Entry">;
const MOST = 500;

export function Counted({ name, pace, close }: { name: string; pace: Pace; close: () => void }) {
  const figure = FIGURES.find((one) => one.name === name);
  if (!figure) return null;
  return (
    <Panel
      title={figure.title}
      note={figure.means}
      actions={
        <button type="button" class="quiet" onClick={close} aria-label="close what it counts">
          ✕
        </button>
      }
    >
      <Behind name={name} pace={pace} />
    </Panel>
  );
}

function Behind({ name, pace }: { name: string; pace: Pace }) {
  if (name === "taken-back") return <Entries pace={pace} kinds={["rollout.taken_back"]} />;
  if (name === "restore") return <Entries pace={pace} kinds={["alarm.closed", "rollout.taken_back"]} />;
  const releases = pace.releases ?? [];
  return <Releases releases={name === "retraining" ? releases.filter((one) => one.retraining != null) : releases} />;
}

function Entries({ pace, kinds }: { pace: Pace; kinds: readonly [string, string?] }) {
  const [kind, other] = kinds;
  const span = { newest: true, limit: MOST, since: pace.since, until: pace.until, project: project.value };
  const first = useAsk("journal.read", { ...span, kind });
  const second = useAsk("journal.read", other ? { ...span, kind: other } : null);
  const rows = [...(first.value ?? []), ...(second.value ?? [])].sort((a, b) => b.id - a.id);
  return (
    <Answered of={first}>
      {() => (
        <Answered of={other ? second : first}>
          {() => (rows.length ? <Table label="entries" rows={rows} columns={COLUMNS} keyOf={(one) => one.id} /> : <p class="soft">none</p>)}
        </Answered>
      )}
    </Answered>
  );
}

const COLUMNS: readonly Column<Entry>[] = [
  {
    key: "entry",
    title: "entry",
    width: 70,
    numeric: true,
    cell: (entry) => <Subject of={`entry:${entry.id}`}>{entry.id}</Subject>,
    text: (entry) => entry.id,
  },
  {
    key: "at",
    title: "when",
    width: 110,
    cell: (entry) => <Time at={entry.at} />,
    text: (entry) => new Date(entry.at * 1000).toISOString(),
  },
  { key: "about", title: "about", width: 170, cell: (entry) => <Subject of={aboutOf(entry)} />, text: aboutOf },
  { key: "what", title: "what happened", cell: (entry) => <Mentions text={sentence(entry)} />, text: sentence },
];
