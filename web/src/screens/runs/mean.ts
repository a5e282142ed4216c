// Curves of a group as one: the mean where its runs are, and the band from the lowest to the highest of them.
import type { Line } from "../../charts/lines";

type Curve = Pick<Line, "steps" | "times" | "values" | "origin">;
const MOST_PLACES = 1000;

/** Between two points of a run its value is taken from the straight line; beyond its ends it does not count. */
export function meanOf(curves: readonly Curve[]): Omit<Line, "key" | "name" | "slot"> {
  const all = [...new Set(curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
  const every = Math.ceil(all.length / MOST_PLACES);
  const steps = all.filter((_, at) => at % every === 0 || at === all.length - 1);
  const rows = steps.map((step) => curves.map((curve) => at(curve, step)).filter((one) => one !== null));
  const mean = (list: readonly number[]) => (list.length ? list.reduce((sum, one) => sum + one, 0) / list.length : null);
  const known = rows.map((row) => row.map((one) => one.value).filter((value) => value !== null));
  return {
    steps,
    times: rows.map((row) => mean(row.map((one) => one.time)) ?? 0),
    values: known.map(mean),
    lowest: known.map((list) => (list.length ? Math.min(...list) : null)),
    highest: known.map((list) => (list.length ? Math.max(...list) : null)),
    exact: curves.length < 2,
    origin: mean(curves.flatMap((curve) => (curve.origin === undefined ? [] : [curve.origin]))) ?? undefined,
  };
}

function at(curve: Curve, step: number): { time: number; value: number | null } | null {
  const { steps, times, values } = curve;
  if (!steps.length || step < steps[0]! || step > steps.at(-1)!) return null;
  let [low, high] = [0, steps.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  if (steps[low] === step || low === 0) return { time: times[low]!, value: values[low] ?? null };
  const share = (step - steps[low - 1]!) / (steps[low]! - steps[low - 1]!);
  const [before, after] = [values[low - 1], values[low]];
  const value = before == null || after == null ? null : before + share * (after - before);
  return { time: times[low - 1]! + share * (times[low]! - times[low - 1]!), value };
}
