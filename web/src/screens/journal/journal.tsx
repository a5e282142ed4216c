// Journal: who did what, when, why? The record's own account, newest first; an entry leads to what caused it and what it caused.
import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk } from "../../api/ask";
import { call, type Problem, type Schema } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { Subject } from "../../parts/mentions";
import { Page } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { sentence } from "../../parts/sentence";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { toJournal } from "../../state/paths";
import { useQuery } from "../../state/url";
import { OneEntry } from "./entry";
import { Export } from "./export";
import { asked, type Filter, filterOf, joined, lineOf, PARTS, withFamilies } from "./filter";
import { Verify } from "./verify";
import "./journal.css";

export type Entry = Schema<"Entry">;

const PAGE = 200;

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
  const first = useAsk("journal.read", asked(filter, 0, PAGE), { news: ["*"], keep: true });
  const older = useOlder(filter, first.value);
  const rows = joined([first.value ?? [], older.entries]);
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
        <Answered of={first} rows={10}>
          {() =>
            rows.length ? (
              <Table
                label="entries"
                rows={rows}
                columns={COLUMNS}
                keyOf={(one) => one.id}
                open={placeOf}
                more={older.more}
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
        {older.problem && <ProblemBox problem={older.problem} again={older.more} />}
      </div>
    </Page>
  );
}

/** An entry opened over the same list. */
function placeOf(entry: Entry): string {
  const query = Object.fromEntries(new URLSearchParams(location.search));
  return toJournal({ ...query, entry: entry.id });
}

/** Entries behind the first page, fetched as one scrolls; forgotten when something else is looked for. */
function useOlder(filter: Filter, first: readonly Entry[] | undefined) {
  const key = JSON.stringify(filter);
  const [state, setState] = useState<{ key: string; entries: Entry[]; ended: boolean; problem?: Problem }>({
    key,
    entries: [],
    ended: false,
  });
  const [busy, setBusy] = useState(false);
  useEffect(() => setState({ key, entries: [], ended: false }), [key]);
  const held = state.key === key ? state : { key, entries: [], ended: false };
  const last = held.entries.at(-1) ?? first?.at(-1);
  const full = (first?.length ?? 0) >= PAGE;
  const fetchMore = async () => {
    if (busy || !last) return;
    setBusy(true);
    try {
      const found = await call("journal.read", asked(filter, last.id, PAGE));
      setState({ key, entries: [...held.entries, ...found], ended: found.length < PAGE });
    } catch (error) {
      setState({ ...held, ended: true, problem: problemOf(error) });
    } finally {
      setBusy(false);
    }
  };
  return { entries: held.entries, problem: held.problem, more: full && !held.ended ? fetchMore : undefined };
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
