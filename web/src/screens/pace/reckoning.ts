// What the screen reckons from the pace that the server tells: directions, parts of a release, weeks. Pure.
import type { Answer, Schema } from "../../api/client";

export type PaceTold = Answer<"delivery.pace">;
export type Released = Schema<"Released">;

/** Into what the time of a release is divided; `waiting` parts are hatched. */
export const PARTS = [
  { key: "working", words: "working: its runs ran", waiting: false },
  { key: "approval", words: "waiting for a person's approval", waiting: true },
  { key: "rollout", words: "rolling out", waiting: false },
  { key: "idle", words: "waiting for anything else", waiting: true },
] as const;

export type Direction = { words: string; better: boolean | null };

/** How a number moved against the span before; null where one of them is not known. `lower` is better, or higher. */
export function direction(now: number | null | undefined, before: number | null | undefined, lower: boolean): Direction | null {
  if (now == null || before == null) return null;
  if (now === before) return { words: "as before", better: null };
  const sign = now > before ? "▲" : "▼";
  const share = before ? `${Math.round(Math.abs(now / before - 1) * 100)} %` : "from none";
  return { words: `${sign} ${share}`, better: now < before === lower };
}

/** Where each part of a release begins and how long it is, as shares of the longest release. */
export function bars(release: Released, longest: number): { key: string; from: number; width: number; waiting: boolean }[] {
  let from = 0;
  return PARTS.map(({ key, waiting }) => {
    const width = longest > 0 ? (release[key] ?? 0) / longest : 0;
    from += width;
    return { key, from: from - width, width, waiting };
  });
}

const WEEK = 7 * 86_400;
export type Week = { from: number; releases: number; alarms: number };

/** Releases and alarms by week, the last week ending with the span. */
export function weeks(since: number, until: number, releases: readonly number[], alarms: readonly number[]): Week[] {
  const count = Math.min(60, Math.max(1, Math.ceil((until - since) / WEEK)));
  const first = until - count * WEEK;
  const made = Array.from({ length: count }, (_, at) => ({ from: first + at * WEEK, releases: 0, alarms: 0 }));
  const place = (at: number) => made[Math.min(count - 1, Math.floor((at - first) / WEEK))];
  for (const at of releases) if (at >= first && at <= until) place(at)!.releases++;
  for (const at of alarms) if (at >= first && at <= until) place(at)!.alarms++;
  return made;
}
