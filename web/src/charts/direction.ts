// Which way is better, where the name of a metric says it in the field's usual words. Where it does not, nothing is claimed.

export type Direction = "higher" | "lower";

const LOWER = /(^|[^a-z])(loss|error|err|mse|rmse|mae|mape|rmsle|perplexity|ppl|brier|wer|cer|fid|regret|deviance)($|[^a-z])/;
const HIGHER = /(^|[^a-z])(acc|accuracy|auc|roc_auc|f1|precision|recall|r2|score|bleu|rouge|map|ndcg|iou|dice|reward)($|[^a-z0-9])/;

export function directionOf(name: string): Direction | null {
  const words = name.toLowerCase();
  if (LOWER.test(words)) return "lower";
  return HIGHER.test(words) ? "higher" : null;
}

export const inWords = (direction: Direction | null): string =>
  direction ? `${direction} is better ${direction === "higher" ? "↑" : "↓"}` : "";
