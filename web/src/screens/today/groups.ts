// News that belong together: what one entry caused, and what one asked-for run did.
import type { Entry } from "../../api/live";

/** Entries (in any order) in groups, the group with the newest entry first; within a group the oldest entry is first. */
export function grouped(entries: readonly Entry[]): Entry[][] {
  const leader = new Map<string, string>();
  const find = (key: string): string => {
    const above = leader.get(key);
    if (above === undefined || above === key) return key;
    const top = find(above);
    leader.set(key, top);
    return top;
  };
  const join = (a: string, b: string) => leader.set(find(a), find(b));
  for (const entry of entries) {
    if (entry.cause) join(keyOf(entry.id), keyOf(entry.cause));
    if (entry.root) join(keyOf(entry.id), `root ${entry.root}`);
  }
  const groups = new Map<string, Entry[]>();
  for (const entry of [...entries].sort((a, b) => a.id - b.id)) {
    const key = find(keyOf(entry.id));
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].sort((a, b) => b.at(-1)!.id - a.at(-1)!.id);
}

const keyOf = (number: number) => `entry ${number}`;

/** Whether an entry is worth a line here: of the steps within a pipeline only what went wrong is. */
export function worthTelling(entry: Entry): boolean {
  if (!entry.kind.startsWith("run.")) return entry.kind !== "alarm.raised" && entry.kind !== "version.checked";
  if (entry.kind === "run.failed") return true;
  const own = entry.root === undefined || entry.root === null || entry.subject === `run:${entry.root}`;
  return own && ["run.queued", "run.done", "run.stopped", "run.rerun", "run.noted"].includes(entry.kind);
}

/** The beginning and the end of a long group; what lies between is shown when it is asked for. */
export function shortened<T>(all: readonly T[], end = 3): { first: readonly T[]; hidden: readonly T[]; last: readonly T[] } {
  if (all.length <= end + 2) return { first: all, hidden: [], last: [] };
  return { first: all.slice(0, 1), hidden: all.slice(1, -end), last: all.slice(-end) };
}
