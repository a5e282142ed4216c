// The lines of a chart as they come from the record, and what can be reckoned of them without drawing.

import type { Schema } from "../api/client";

export type Axis = "step" | "time" | "relative";
export type Range = readonly [from: number, to: number];
type Numbers = readonly (number | null)[];

export type Line = {
  key: string;
  name: string;
  /** Which colour, dash and marker; see slots.tsx. */
  slot: number;
  steps: readonly number[];
  /** Seconds since 1970. */
  times: readonly number[];
  /** The last value of each bucket; null is not a number. */
  values: Numbers;
  lowest: Numbers;
  highest: Numbers;
  /** Each bucket is one point: there are no extremes to keep. */
  exact: boolean;
  /** When the run began; what `relative` counts from. */
  origin?: number | undefined;
};

/** The points of a curve, as the record answers them, as those of a line. */
export function pointsOf(curve: Schema<"Curve">): Omit<Line, "key" | "name" | "slot"> {
  const { steps = [], times = [], values = [], lowest = values, highest = values, exact, origin } = curve;
  return { steps, times, values, lowest: exact ? values : lowest, highest: exact ? values : highest, exact, origin: origin ?? undefined };
}

/** A line ready to be drawn: where its points are, and the smoothed values (null without smoothing). */
export type Drawn = Line & { xs: readonly number[]; smooth: Numbers | null };

export function drawn(line: Line, axis: Axis, smoothing: number): Drawn {
  return { ...line, xs: placesOf(line, axis), smooth: smoothing > 0 ? smoothed(line.values, smoothing) : null };
}

export function placesOf(line: Line, axis: Axis): readonly number[] {
  if (axis === "step") return line.steps;
  if (axis === "time") return line.times;
  const from = line.origin ?? line.times[0] ?? 0;
  return line.times.map((at) => at - from);
}

/** Exponential smoothing without a pull towards zero at the beginning. What is not a number stays so, and does not count. */
export function smoothed(values: Numbers, weight: number): (number | null)[] {
  let sum = 0;
  let rest = 1;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = sum * weight + (1 - weight) * value;
    rest *= weight;
    return sum / (1 - rest);
  });
}

/** The smallest and the largest finite value of all lists; only positive ones for a logarithmic axis. */
export function extentOf(lists: readonly Numbers[], positive = false): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (value === null || !Number.isFinite(value) || (positive && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** A little air around what is shown, so that nothing lies on the frame; one value alone gets an axis, too. */
export function aired([low, high]: Range, log = false, share = 0.05): Range {
  if (log) {
    const air = low === high ? 2 : (high / low) ** share;
    return [low / air, high * air];
  }
  const air = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * share;
  return [low - air, high + air];
}

/** The place in an ascending list that is nearest to a value; -1 in an empty one. */
export function nearest(places: readonly number[], value: number): number {
  let low = 0;
  let high = places.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < value) low = middle + 1;
    else high = middle;
  }
  if (low > 0 && value - places[low - 1]! <= places[low]! - value) return low - 1;
  return places.length ? low : -1;
}

/** Points of all lines as rows of a table or a file. */
export function rowsOf(
  lines: readonly Line[],
): { name: string; step: number; time: number; value: number | null; lowest: number | null; highest: number | null }[] {
  return lines.flatMap((line) =>
    line.steps.map((step, at) => ({
      name: line.name,
      step,
      time: line.times[at]!,
      value: line.values[at] ?? null,
      lowest: line.lowest[at] ?? line.values[at] ?? null,
      highest: line.highest[at] ?? line.values[at] ?? null,
    })),
  );
}
