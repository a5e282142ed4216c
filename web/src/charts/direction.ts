// Which way is better, where the name of a metric says it in the field's usual words. Where it does not, nothing is claimed: a count that
// grew is neither better nor worse.

export type Direction = "higher" | "lower" | "zero";

const LOWER = wordsOf(
  "loss error err mse rmse mae mape rmsle nll perplexity ppl brier ece wer cer fid fpr fnr regret deviance latency seconds duration",
);
const HIGHER = wordsOf(
  "acc accuracy auc f1(?!\\d) precision recall r2(?!\\d) score bleu rouge map ndcg iou dice mcc kappa reward sensitivity specificity tpr tnr",
);

/** A name that holds one of the words whole: `val/auc` and `test_accuracy5`, neither `terror` nor `mapped`. */
function wordsOf(words: string): RegExp {
  return new RegExp(`(^|[^a-z])(${words.replaceAll(" ", "|")})($|[^a-z])`);
}

export function directionOf(name: string): Direction | null {
  const lower = name.toLowerCase();
  if (lower === "bias") return "zero";
  const told = `${lower} ${name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase()}`; // `valLoss` is `val_loss`
  if (LOWER.test(told)) return "lower";
  return HIGHER.test(told) ? "higher" : null;
}

const SIGNS = { higher: "↑", lower: "↓", zero: "→0" } as const;

export const arrowOf = (direction: Direction | null): string => (direction ? SIGNS[direction] : "");

export const inWords = (direction: Direction | null): string =>
  direction === "zero" ? "nearer to 0 is better →0" : direction ? `${direction} is better ${SIGNS[direction]}` : "";

/** What a value is beside another one; "" where nobody knows which way is better. */
export function verdictOf(name: string, value: number, other: number): "better" | "worse" | "equal" | "" {
  if (value === other) return "equal";
  const direction = directionOf(name);
  if (!direction) return "";
  return merit(direction, value) > merit(direction, other) ? "better" : "worse";
}

/** The best of several numbers, null for none. */
export function bestOf(direction: Direction, values: readonly number[]): number | null {
  return values.length ? values.reduce((best, value) => (merit(direction, value) > merit(direction, best) ? value : best)) : null;
}

/** More of it is better. */
function merit(direction: Direction, value: number): number {
  return direction === "higher" ? value : direction === "lower" ? -value : -Math.abs(value);
}
