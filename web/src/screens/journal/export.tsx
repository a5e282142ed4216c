// Everything that the filter finds, as a file: fetched page by page, with how far it has come.
import { useRef, useState } from "preact/hooks";
import { problemOf } from "../../api/ask";
import { call, type Problem, type Schema } from "../../api/client";
import { Dialog } from "../../parts/dialog";
import { download, toCsv } from "../../parts/download";
import { ProblemBox } from "../../parts/problem";
import { count } from "../../parts/words";
import { asked, type Filter } from "./filter";

type Entry = Schema<"Entry">;

const PAGE = 5000;
const MOST = 500_000;

const COLUMNS = [
  { title: "entry", text: (entry: Entry) => entry.id },
  { title: "at", text: (entry: Entry) => new Date(entry.at * 1000).toISOString() },
  { title: "actor", text: (entry: Entry) => entry.actor },
  { title: "project", text: (entry: Entry) => entry.project },
  { title: "kind", text: (entry: Entry) => entry.kind },
  { title: "subject", text: (entry: Entry) => entry.subject },
  { title: "cause", text: (entry: Entry) => entry.cause },
  { title: "data", text: (entry: Entry) => JSON.stringify(entry.data ?? {}) },
];

export function Export({ filter }: { filter: Filter }) {
  const [got, setGot] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem>();
  const stopped = useRef(false);
  const fetchAll = async (form: "csv" | "jsonl") => {
    const entries: Entry[] = [];
    stopped.current = false;
    setProblem(undefined);
    setGot(0);
    try {
      for (let full = true; full && entries.length < MOST && !stopped.current; ) {
        const page = await call("journal.read", asked(filter, entries.at(-1)?.id ?? 0, PAGE));
        entries.push(...page);
        setGot(entries.length);
        full = page.length === PAGE;
      }
      if (!stopped.current) save(entries, form);
      setGot(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <>
      <button type="button" onClick={() => fetchAll("csv")} disabled={got !== null} title="all entries that the filter finds">
        CSV
      </button>
      <button
        type="button"
        onClick={() => fetchAll("jsonl")}
        disabled={got !== null}
        title="all entries that the filter finds, one JSON object a line"
      >
        JSON lines
      </button>
      {got !== null && (
        <Dialog
          title="Exporting"
          close={() => {
            stopped.current = true;
            setGot(null);
          }}
        >
          <p role="status">
            {count(got, "entry", "entries")} fetched, at most {count(MOST, "entry", "entries")}
          </p>
          {problem && <ProblemBox problem={problem} />}
        </Dialog>
      )}
    </>
  );
}

function save(entries: readonly Entry[], form: "csv" | "jsonl"): void {
  if (form === "csv") download("journal.csv", toCsv(COLUMNS, entries), "text/csv");
  else download("journal.jsonl", entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), "application/jsonl");
}
