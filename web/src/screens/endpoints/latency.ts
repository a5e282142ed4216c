// Latencies as the record counts them: requests for each bucket, whose upper bounds are LATENCY_BOUNDS (seconds); one more bucket holds
// what lies above. A quantile is known to lie in a bucket, no closer.
import { num } from "../../parts/words";

export const LATENCY_BOUNDS = [
  0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

export type Counts = readonly number[] | undefined;

/** The bound under which that share of the requests was answered; Infinity above the last one, null where nothing was asked. */
export function quantile(counts: Counts, share: number): number | null {
  const all = (counts ?? []).reduce((sum, one) => sum + one, 0);
  if (!all) return null;
  let seen = 0;
  for (const [at, bound] of LATENCY_BOUNDS.entries()) {
    seen += counts![at] ?? 0;
    if (seen >= share * all) return bound;
  }
  return Number.POSITIVE_INFINITY;
}

/** A bound in words: `≤ 25 ms`. */
export function within(bound: number | null): string {
  if (bound === null) return "—";
  if (bound === Number.POSITIVE_INFINITY) return "> 10 s";
  return bound < 1 ? `≤ ${num(bound * 1000)} ms` : `≤ ${num(bound)} s`;
}

/** What came since an earlier count: counts only grow, and one that has begun anew counts from nothing. */
export function since(now: Counts, before: Counts): number[] {
  return LATENCY_BOUNDS.map((_, at) => Math.max(0, (now?.[at] ?? 0) - (before?.[at] ?? 0))).concat(
    Math.max(0, (now?.[LATENCY_BOUNDS.length] ?? 0) - (before?.[LATENCY_BOUNDS.length] ?? 0)),
  );
}

export function together(parts: readonly Counts[]): number[] {
  const sum = Array.from({ length: LATENCY_BOUNDS.length + 1 }, () => 0);
  for (const part of parts) for (const [at, count] of (part ?? []).entries()) sum[at]! += count;
  return sum;
}

/** The shares of two histograms over the buckets that either of them uses, to be drawn beside each other. */
export function side(a: Counts, b: Counts): { label: string; a: number; b: number }[] {
  const [all, other] = [a, b].map((one) => (one ?? []).reduce((sum, count) => sum + count, 0)) as [number, number];
  const rows = Array.from({ length: LATENCY_BOUNDS.length + 1 }, (_, at) => ({
    label: within(LATENCY_BOUNDS[at] ?? Number.POSITIVE_INFINITY),
    a: all ? (a?.[at] ?? 0) / all : 0,
    b: other ? (b?.[at] ?? 0) / other : 0,
  }));
  const used = rows.map((row) => row.a + row.b > 0);
  return rows.slice(Math.max(0, used.indexOf(true)), used.lastIndexOf(true) + 1);
}
