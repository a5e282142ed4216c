// Pages of runs as one scrolls, and single rows put right when news tell that they changed.
import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, useNews } from "../../api/ask";
import { type Answer, call, type Problem } from "../../api/client";
import { project } from "../../state/project";

export type Run = Answer<"runs.get">;
type Question = { query: string; sort: string; columns: string[]; children: boolean };
type Pages = {
  key: string;
  runs: readonly Run[];
  next: string | null;
  total: number | undefined;
  exact: boolean;
  took: number;
};
export type Paged = Pages & { problem: Problem | undefined; loading: boolean; more: (() => void) | undefined; again: () => void };

const PAGE = 200;
const MOST_CELLS = 20_000; // of one page: with very many columns it has fewer rows
const NOTHING: Pages = { key: "", runs: [], next: null, total: undefined, exact: true, took: 0 };
const MOST_PATCHED = 300; // runs put right at once; after more news the first page is asked again

/** What the query finds, page after page. The rows of the question before stay until this one is answered. */
export function useRuns(question: Question): Paged {
  const key = JSON.stringify([project.value, question]);
  const [pages, setPages] = useState(NOTHING);
  const [problem, setProblem] = useState<Problem>();
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  const limit = Math.max(40, Math.min(PAGE, Math.floor(MOST_CELLS / question.columns.length)));
  const latest = useRef({ key, question });
  latest.current = { key, question };
  const busy = useRef(false);

  useEffect(() => {
    const stop = new AbortController();
    const began = performance.now();
    setLoading(true);
    busy.current = false;
    call("runs.list", { ...question, limit, count: true }, { signal: stop.signal })
      .then((page) => {
        const took = performance.now() - began;
        setPages({ key, runs: page.runs, next: page.next ?? null, total: page.total ?? undefined, exact: page.total_exact ?? true, took });
        setProblem(undefined);
      })
      .catch((error: unknown) => !stop.signal.aborted && setProblem(problemOf(error)))
      .finally(() => !stop.signal.aborted && setLoading(false));
    return () => stop.abort();
  }, [key, turn]);

  const more = () => {
    if (busy.current || !pages.next || pages.key !== key) return;
    busy.current = true;
    call("runs.list", { ...question, limit, after: pages.next })
      .then((page) => {
        if (latest.current.key !== key) return;
        setPages((now) => ({ ...now, runs: merged(now.runs, page.runs), next: page.next ?? null }));
      })
      .catch((error: unknown) => setProblem(problemOf(error)))
      .finally(() => {
        busy.current = false;
      });
  };

  usePatches(
    pages.runs,
    async (changed, fresh) => {
      const asked = latest.current;
      const ids = changed.slice(0, MOST_PATCHED);
      const rows = ids.length
        ? (await call("runs.list", { ...asked.question, query: `id in (${ids.join(", ")})`, children: true, limit: MOST_PATCHED })).runs
        : [];
      const first = fresh ? await call("runs.list", { ...asked.question, limit, count: true }) : null;
      if (latest.current.key !== asked.key) return;
      setPages((now) => ({
        ...now,
        runs: merged(first?.runs ?? [], patched(now.runs, rows)),
        total: first?.total ?? now.total,
      }));
    },
    (error) => setProblem(problemOf(error)),
  );
  return { ...pages, problem, loading, more: pages.next ? more : undefined, again: () => setTurn((n) => n + 1) };
}

/** Gathers which of the runs in sight changed, and whether there are others, for the time that news are gathered anyway. */
function usePatches(
  runs: readonly Run[],
  patch: (changed: number[], fresh: boolean) => Promise<void>,
  wrong: (error: unknown) => void,
): void {
  const told = useRef(new Set<number>());
  const known = useRef(new Set<number>());
  known.current = new Set(runs.map((run) => run.id));
  useNews(
    ["run."],
    () => {
      const all = [...told.current];
      told.current = new Set();
      patch(
        all.filter((id) => known.current.has(id)),
        all.some((id) => !known.current.has(id)),
      ).catch(wrong); // what is shown stays, and the next news ask again
    },
    (entry) => {
      const id = /^run:(\d+)$/.exec(entry.subject)?.[1];
      if (id) told.current.add(Number(id));
      return id !== undefined;
    },
  );
}

/** Rows with those that are told anew in their places. */
export function patched(rows: readonly Run[], anew: readonly Run[]): readonly Run[] {
  if (!anew.length) return rows;
  const by = new Map(anew.map((run) => [run.id, run]));
  return rows.map((run) => by.get(run.id) ?? run);
}

/** One list behind the other; a run that moved between two pages stands where it was told first. */
export function merged(first: readonly Run[], second: readonly Run[]): readonly Run[] {
  if (!first.length) return second;
  const there = new Set(first.map((run) => run.id));
  return [...first, ...second.filter((run) => !there.has(run.id))];
}
