// The pace in figures: each headline number, what it counts, and where it went against the span before.
import type { Schema } from "../../api/client";
import { num, took } from "../../parts/words";

type Pace = Schema<"Pace">;
export type Released = Schema<"Released">;
export type Part = "working" | "approval" | "rollout" | "idle";

export const PARTS: readonly (readonly [Part, string])[] = [
  ["working", "runs at work"],
  ["approval", "waiting for a person's yes"],
  ["rollout", "rolling out"],
  ["idle", "waiting for nothing that is on record"],
];

export type Figure = {
  name: string;
  title: string;
  /** What it is, in plain words. */
  means: string;
  value: (pace: Pace) => number | null | undefined;
  say: (value: number) => string;
  /** More about it, beneath the number. */
  more?: (pace: Pace) => string;
  better: "less" | "more";
};

export const FIGURES: readonly Figure[] = [
  {
    name: "market",
    title: "Time to market",
    means: "from what caused a release (an alarm, data, a run somebody asked for) to live: the median",
    value: (pace) => pace.time_to_market.median,
    say: took,
    more: ({ time_to_market: { p85 } }) => (p85 == null ? "" : `85 of 100 within ${took(p85)}`),
    better: "less",
  },
  {
    name: "releases",
    title: "Releases a week",
    means: "versions that became live, other than by going back",
    value: (pace) => pace.per_week,
    say: (value) => num(Number(value.toPrecision(3))),
    more: ({ hands_free }) => (hands_free == null ? "" : `${percent(hands_free)} without a hand`),
    better: "more",
  },
  {
    name: "taken-back",
    title: "Taken back",
    means: "rollouts that were ended in favour of what answered before",
    value: (pace) => pace.taken_back ?? 0,
    say: num,
    more: (pace) => {
      const all = (pace.releases?.length ?? 0) + (pace.taken_back ?? 0);
      return all ? `of ${all} that began` : "";
    },
    better: "less",
  },
  {
    name: "restore",
    title: "Time to restore",
    means: "from an alarm's opening to its closing, or from a rollout's start to its being taken back: the median",
    value: (pace) => pace.restore.median,
    say: took,
    more: ({ restore: { p85 } }) => (p85 == null ? "" : `85 of 100 within ${took(p85)}`),
    better: "less",
  },
  {
    name: "retraining",
    title: "Retraining",
    means: "from the alarm that caused it to the new version being live: the median",
    value: (pace) => pace.retraining.median,
    say: took,
    more: ({ retraining: { p85 } }) => (p85 == null ? "" : `85 of 100 within ${took(p85)}`),
    better: "less",
  },
];

export type Turn = { sign: string; words: string; tone: "ok" | "warn" | "soft" };

/** Where a figure went against the span before: the direction, by how much, and whether that is for the better. */
export function turn(figure: Figure, now: number | null | undefined, before: number | null | undefined): Turn | null {
  if (now == null || before == null) return null;
  if (now === before) return { sign: "=", words: "as in the span before", tone: "soft" };
  const more = now > before;
  const better = more === (figure.better === "more");
  const by = before ? percent(Math.abs(now - before) / Math.abs(before)) : figure.say(Math.abs(now - before));
  return { sign: more ? "▲" : "▼", words: `${by} ${more ? "more" : "less"}: ${better ? "better" : "worse"}`, tone: better ? "ok" : "warn" };
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

export type Week = { from: number; until: number; releases: number; alarms: number; takenBack: number };
type Moment = { at: number; kind: string };

/** Weeks of the span, Monday to Sunday in the viewer's zone, also those in which nothing happened. */
export function weeks(since: number, until: number, released: readonly { live_at: number }[], entries: readonly Moment[]): Week[] {
  const made: Week[] = [];
  for (let from = mondayBefore(since); from < until; from = made.at(-1)!.until) {
    const end = inDays(from, 7);
    const within = (at: number) => at >= from && at < end;
    made.push({
      from,
      until: end,
      releases: released.filter((one) => within(one.live_at)).length,
      alarms: entries.filter((one) => one.kind === "alarm.opened" && within(one.at)).length,
      takenBack: entries.filter((one) => one.kind === "rollout.taken_back" && within(one.at)).length,
    });
  }
  return made;
}

function mondayBefore(at: number): number {
  const day = new Date(at * 1000);
  day.setHours(0, 0, 0, 0);
  return inDays(day.getTime() / 1000, -((day.getDay() + 6) % 7));
}

function inDays(at: number, days: number): number {
  const day = new Date(at * 1000);
  day.setDate(day.getDate() + days);
  return day.getTime() / 1000;
}

/** Round steps from 0 to at least `most`, for an axis of counts. */
export function steps(most: number): number[] {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((one) => one * 4 >= most) ?? Math.ceil(most / 4);
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, at) => at * step);
}

/** What a model that was never live is stuck at, as its newest version tells. */
export function stuckAt(latest: Schema<"ModelVersion"> | null | undefined): string {
  if (!latest) return "it has no version";
  const failed = latest.gates?.find((gate) => gate.state === "failed" || gate.state === "error");
  if (latest.stage === "waiting") return "waits for a person's yes";
  if (latest.stage === "failed") return failed ? `gate ${failed.gate}: ${failed.sentence}` : "its gates failed";
  if (latest.stage === "rejected") return `a person said no${latest.approvals?.at(-1)?.words ? `: ${latest.approvals.at(-1)!.words}` : ""}`;
  if (latest.stage === "candidate") return "its gates have not spoken";
  return "no endpoint has it yet";
}
