// The entries that a filter finds, newest first: the newest page is asked again as news come, older ones are fetched as one scrolls.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Asked, problemOf, useAsk } from "../../api/ask";
import { call, type Problem, type Schema } from "../../api/client";
import { asked, type Filter } from "./filter";

export type Entry = Schema<"Entry">;

const PAGE = 200;

type Held = { key: string; entries: readonly Entry[]; ended: boolean };
type Read = { asked: Asked<readonly Entry[]>; more: (() => void) | undefined; again: () => void; problem: Problem | undefined };

export function useEntries(filter: Filter): Read {
  const key = JSON.stringify(filter);
  const first = useAsk("journal.read", asked(filter, 0, PAGE), { news: ["*"] });
  const held = useRef<Held>({ key: "", entries: [], ended: false });
  const [, setTurn] = useState(0);
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  useEffect(() => setProblem(undefined), [key]);
  if (first.value) held.current = renewed(held.current, key, first.value, PAGE);
  const { entries, ended } = held.current;
  const more = async () => {
    const last = entries.at(-1);
    if (busy.current || !last) return;
    busy.current = true;
    try {
      const found = await call("journal.read", asked(filter, last.id, PAGE));
      // The filter may be another one by now, or what was held may have been let go.
      if (held.current.key === key && held.current.entries.at(-1)?.id === last.id) {
        held.current = { key, entries: [...held.current.entries, ...found], ended: found.length < PAGE };
      }
      setProblem(undefined);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      busy.current = false;
      setTurn((turn) => turn + 1);
    }
  };
  return {
    // What the last filter found stays until this one is answered.
    asked: { ...first, value: held.current.key ? entries : undefined },
    more: ended || problem || held.current.key !== key ? undefined : more,
    again: more,
    problem,
  };
}

/** What is held once the newest page was asked again. Where more has come than a page holds, the older entries are let go: no gap stands unseen. */
export function renewed<E extends { id: number }>(
  held: { key: string; entries: readonly E[]; ended: boolean },
  key: string,
  newest: readonly E[],
  page: number,
): { key: string; entries: readonly E[]; ended: boolean } {
  const last = newest.at(-1);
  const touches = last !== undefined && held.entries[0] !== undefined && held.entries[0].id >= last.id;
  if (held.key !== key || newest.length < page || !touches) return { key, entries: newest, ended: newest.length < page };
  return { key, entries: [...newest, ...held.entries.filter((entry) => entry.id < last.id)], ended: held.ended };
}
