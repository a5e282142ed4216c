// One axis for the values of a column: numbers, numbers that span decades, or words as points.
import { scaleLinear, scaleLog, scalePoint } from "d3-scale";

type Value = number | string | null | undefined;
export type Scale = {
  kind: "number" | "log" | "words";
  /** From 0 to 1; null for what has no place on it. */
  place: (value: Value) => number | null;
  ticks: { at: number; label: string }[];
  /** The value at a place, for a range that is brushed; words have none. */
  value: (place: number) => number | null;
};

const DECADES = 2; // spanned by positive values: they get a logarithmic axis
const MOST_WORDS = 24;

export function scaleFor(values: readonly Value[], label: (value: number) => string): Scale {
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const words = [...new Set(values.filter((value): value is string => typeof value === "string"))];
  if (words.length) return wordScale([...new Set([...numbers.map(String), ...words])].sort());
  let [low, high] = [Infinity, -Infinity];
  for (const value of numbers) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  const log = low > 0 && Math.log10(high / low) >= DECADES;
  const scale = log ? scaleLog([low, high], [0, 1]) : scaleLinear([low, high], [0, 1]);
  const ticks = log ? scale.ticks(5).filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e9) / 1e9)) : scale.ticks(5);
  return {
    kind: log ? "log" : "number",
    place: (value) => (typeof value === "number" && Number.isFinite(value) && (!log || value > 0) ? scale(value) : null),
    ticks: (ticks.length > 1 ? ticks : [low, high]).map((tick) => ({ at: scale(tick), label: label(tick) })),
    value: (place) => scale.invert(place),
  };
}

function wordScale(words: readonly string[]): Scale {
  const scale = scalePoint(words, [0, 1]).padding(0.3);
  const every = Math.ceil(words.length / MOST_WORDS);
  return {
    kind: "words",
    place: (value) => (value === null || value === undefined ? null : (scale(String(value)) ?? null)),
    ticks: words.filter((_, at) => at % every === 0).map((word) => ({ at: scale(word)!, label: word })),
    value: () => null,
  };
}
