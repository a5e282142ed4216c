// Journal: who did what, when, why? The record's own account, newest first; an entry leads to what caused it and what it caused.
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Subject } from "../../parts/mentions";
import { Page } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { sentence } from "../../parts/sentence";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { toJournal } from "../../state/paths";
import { useQuery } from "../../state/url";
import { type Entry, useEntries } from "./entries";
import { OneEntry } from "./entry";
import { Export } from "./export";
import { type Filter, filterOf, lineOf, PARTS, withFamilies } from "./filter";
import { Verify } from "./verify";
import "./journal.css";

const COLUMNS: readonly Column<Entry>[] = [
  {
    key: "id",
    title: "entry",
    width: 76,
    numeric: true,
    cell: (entry) => <a href={placeOf(entry)}>{entry.id}</a>,
    text: (entry) => entry.id,
  },
  {
    key: "at",
    title: "when",
    width: 120,
    cell: (entry) => <Time at={entry.at} />,
    text: (entry) => new Date(entry.at * 1000).toISOString(),
  },
  { key: "actor", title: "who", width: 130, cell: (entry) => entry.actor, text: (entry) => entry.actor },
  { key: "kind", title: "what", width: 160, cell: (entry) => <span class="mono">{entry.kind}</span>, text: (entry) => entry.kind },
  { key: "subject", title: "about", width: 190, cell: (entry) => <Subject of={entry.subject} />, text: (entry) => entry.subject },
  {
    key: "project",
    title: "project",
    width: 100,
    cell: (entry) => <span class="soft">{entry.project}</span>,
    text: (entry) => entry.project,
  },
  {
    key: "data",
    title: "what happened",
    cell: (entry) => <span class="soft">{sentence(entry).slice(0, 300)}</span>,
    text: (entry) => JSON.stringify(entry.data ?? {}),
  },
];

export default function Journal() {
  const { query, change } = useQuery();
  const filter = filterOf(query);
  const entry = query.entry ? Number(query.entry) : null;
  const { asked, more, again, problem } = useEntries(filter);
  return (
    <Page
      title="Journal"
      lead="append-only: what happened, and which entry caused it"
      says={{ cli: lineOf(filter), python: "client(read_journal, ReadJournal(newest=True))" }}
      actions={
        <>
          <Verify />
          <Export filter={filter} />
        </>
      }
    >
      <div class="stack">
        <FilterLine filter={filter} change={(part, value) => change({ [part]: value, entry: null })} />
        {entry !== null && <OneEntry number={entry} close={() => change({ entry: null })} />}
        <Answered of={asked} rows={10}>
          {(rows) =>
            rows.length ? (
              <Table
                label="entries"
                file=""
                rows={rows}
                columns={COLUMNS}
                keyOf={(one) => one.id}
                open={placeOf}
                more={more}
                height="66vh"
                tone={(one) => (one.id === entry ? "at" : "")}
                main
              />
            ) : (
              <Empty title="No entry fits" lines={["treadle run pipeline.py::train", "treadle journal"]}>
                Whatever is done here or on the command line stands in the journal.
              </Empty>
            )
          }
        </Answered>
        {problem && <ProblemBox problem={problem} again={again} />}
      </div>
    </Page>
  );
}

/** An entry opened over the same list. */
function placeOf(entry: Entry): string {
  const query = Object.fromEntries(new URLSearchParams(location.search));
  return toJournal({ ...query, entry: entry.id });
}

const HINTS: Record<(typeof PARTS)[number], string> = {
  kind: "what: run.*",
  subject: "about: run:17",
  actor: "who",
  project: "project",
  text: "any words",
  since: "since",
  until: "until",
};

function FilterLine({ filter, change }: { filter: Filter; change: (part: string, value: string) => void }) {
  const kinds = useAsk("journal.kinds", {});
  return (
    <search class="row">
      {PARTS.map((part) => {
        const moment = part === "since" || part === "until";
        return (
          <label key={part} class="choice">
            <span class={moment ? "soft" : "unseen"}>{HINTS[part]}</span>
            <input
              class={moment ? "" : "mono"}
              {...(moment ? { type: "datetime-local" as const } : { type: "search" as const, list: part === "kind" ? "kinds" : undefined })}
              placeholder={HINTS[part]}
              value={filter[part]}
              onChange={(event) => change(part, event.currentTarget.value)}
            />
          </label>
        );
      })}
      <datalist id="kinds">
        {withFamilies(kinds.value ?? []).map((kind) => (
          <option key={kind} value={kind} />
        ))}
      </datalist>
    </search>
  );
}
