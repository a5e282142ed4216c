// What waits for somebody: the number beside Today, and the news that change it.
import type { Schema } from "../api/client";

/** Kinds of news after which something else may wait. */
export const WAITING_NEWS = [
  "run.queued",
  "run.done",
  "run.failed",
  "run.stopped",
  "run.rerun",
  "model.registered",
  "version.",
  "alarm.",
  "rollout.",
  "comment.",
] as const;

/** How many things need somebody. Rollouts go on by themselves, and of alarms that were acknowledged somebody takes care. */
export function waiting(counts: Schema<"TodayCounts">): number {
  const { versions = 0, runs = 0, alarms = 0, failed = 0, stuck = 0, mentions = 0 } = counts;
  return versions + runs + alarms + failed + stuck + mentions;
}

/** The same in words: `2 alarms, 1 failed run`. */
export function waitingWords(counts: Schema<"TodayCounts">): string {
  const { versions = 0, runs = 0, alarms = 0, failed = 0, stuck = 0, mentions = 0 } = counts;
  const parts: [number, string, string][] = [
    [versions + runs, "approval", "approvals"],
    [alarms, "alarm", "alarms"],
    [failed, "failed run", "failed runs"],
    [stuck, "run that does not get on", "runs that do not get on"],
    [mentions, "mention", "mentions"],
  ];
  return parts
    .filter(([n]) => n)
    .map(([n, one, many]) => `${n} ${n === 1 ? one : many}`)
    .join(", ");
}
