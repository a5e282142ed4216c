// Which parameters a metric depends on, judged from runs that were performed: a small forest of random trees learns the metric from the
// parameters; a parameter matters as much as the forest errs more, on runs that a tree has not seen, when its values are shuffled.
// Rank correlation tells the direction. Seeded: the same runs give the same answer.

export type Column = { name: string; values: readonly (number | string | null)[] };
export type Importance = {
  name: string;
  /** Share of all that the parameters explain, 0 to 1. */
  share: number;
  /** Spearman's rank correlation with the metric, -1 to 1; null for words. */
  correlation: number | null;
};
export type Judged = {
  runs: number;
  /** The share of the metric's variance that the forest foretells for runs it has not seen; below 0.1 nothing is to be believed. */
  explained: number;
  parameters: Importance[];
};

const TREES = 60;
const DEPTH = 7;
const LEAF = 3;
const MOST_RUNS = 1000; // more are thinned evenly: the answer does not change, the time does
export const FEWEST = 10;

/** null where there are too few runs, or the metric is the same in all of them. */
export function importance(parameters: readonly Column[], metric: readonly (number | string | null)[], seed = 1): Judged | null {
  const known = thinned(metric.flatMap((value, at) => (typeof value === "number" && Number.isFinite(value) ? [at] : [])));
  const target = known.map((at) => metric[at] as number);
  if (known.length < FEWEST || varianceOf(target) === 0) return null;
  const varied = parameters
    .map((column) => ({
      name: column.name,
      coded: coded(
        known.map((at) => column.values[at] ?? null),
        target,
      ),
    }))
    .filter(({ coded }) => new Set(coded.numbers).size > 1);
  const losses = shuffledLosses(
    varied.map(({ coded }) => coded.numbers),
    target,
    chance(seed),
  );
  const worth = losses.more.map((loss) => Math.max(0, loss));
  const all = worth.reduce((sum, one) => sum + one, 0);
  const told = varied.map(({ name, coded }, at) => ({
    name,
    share: all > 0 ? worth[at]! / all : 0,
    correlation: coded.words ? null : spearman(coded.numbers, target),
  }));
  return { runs: known.length, explained: losses.explained, parameters: told.sort((a, b) => b.share - a.share) };
}

/** Numbers stay; words become the mean of the metric where they stand; what is missing is a value of its own below all others. */
function coded(values: readonly (number | string | null)[], target: readonly number[]): { numbers: number[]; words: boolean } {
  const words = values.some((value) => typeof value === "string");
  if (!words) {
    const low = Math.min(...values.filter((value): value is number => typeof value === "number" && Number.isFinite(value)), 0);
    return { numbers: values.map((value) => (typeof value === "number" && Number.isFinite(value) ? value : low - 1)), words };
  }
  const kinds = new Map<string, { sum: number; count: number }>();
  for (const [at, value] of values.entries()) {
    const kind = kinds.get(String(value)) ?? { sum: 0, count: 0 };
    kinds.set(String(value), { sum: kind.sum + target[at]!, count: kind.count + 1 });
  }
  const order = [...kinds].sort(([, a], [, b]) => a.sum / a.count - b.sum / b.count).map(([kind]) => kind);
  return { numbers: values.map((value) => order.indexOf(String(value))), words };
}

type Tree = { feature: number; border: number; low: Tree; high: Tree } | { mean: number };

/** How much the error on unseen runs grows when one parameter is shuffled, and how good the forest is at all. */
function shuffledLosses(
  features: readonly number[][],
  target: readonly number[],
  random: () => number,
): { more: number[]; explained: number } {
  const count = target.length;
  const sums = new Float64Array(count);
  const votes = new Uint16Array(count);
  const more = features.map(() => 0);
  for (let n = 0; n < TREES; n++) {
    const drawn = Array.from({ length: count }, () => Math.floor(random() * count));
    const taken = new Set(drawn);
    const unseen = target.flatMap((_, at) => (taken.has(at) ? [] : [at]));
    const tree = grown(features, target, drawn, DEPTH, random);
    for (const at of unseen) {
      sums[at]! += asked(tree, features, at);
      votes[at]!++;
    }
    const plain = errorOf(tree, features, target, unseen, unseen, -1);
    for (let feature = 0; feature < features.length; feature++) {
      more[feature]! += errorOf(tree, features, target, unseen, shuffled(unseen, random), feature) - plain;
    }
  }
  const judged = target.flatMap((_, at) => (votes[at] ? [at] : []));
  const missed = judged.reduce((sum, at) => sum + (target[at]! - sums[at]! / votes[at]!) ** 2, 0);
  const variance = varianceOf(judged.map((at) => target[at]!)) * judged.length;
  return { more, explained: variance > 0 ? 1 - missed / variance : 0 };
}

/** A tree of the best of a few borders drawn at random for each parameter. */
function grown(
  features: readonly number[][],
  target: readonly number[],
  rows: readonly number[],
  depth: number,
  random: () => number,
): Tree {
  const mean = rows.reduce((sum, at) => sum + target[at]!, 0) / rows.length;
  if (depth === 0 || rows.length < 2 * LEAF) return { mean };
  let best = { gain: 1e-12, feature: -1, border: 0 };
  for (let feature = 0; feature < features.length; feature++) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const values = features[feature]!;
      const [one, other] = [values[rows[Math.floor(random() * rows.length)]!]!, values[rows[Math.floor(random() * rows.length)]!]!];
      if (one === other) continue;
      const border = (one + other) / 2;
      const gain = gainOf(values, target, rows, border, mean);
      if (gain > best.gain) best = { gain, feature, border };
    }
  }
  if (best.feature < 0) return { mean };
  const below = (at: number) => features[best.feature]![at]! <= best.border;
  return {
    feature: best.feature,
    border: best.border,
    low: grown(features, target, rows.filter(below), depth - 1, random),
    high: grown(
      features,
      target,
      rows.filter((at) => !below(at)),
      depth - 1,
      random,
    ),
  };
}

/** By how much a border lessens the sum of squares: that between the means of both sides. */
function gainOf(values: readonly number[], target: readonly number[], rows: readonly number[], border: number, mean: number): number {
  let sum = 0;
  let count = 0;
  for (const at of rows) {
    if (values[at]! > border) continue;
    sum += target[at]!;
    count++;
  }
  const rest = rows.length - count;
  if (count < LEAF || rest < LEAF) return 0;
  const apart = sum / count - mean;
  return apart * apart * count * (1 + count / rest);
}

function asked(tree: Tree, features: readonly number[][], at: number, shuffledFeature = -1, instead = at): number {
  let node = tree;
  while (!("mean" in node)) {
    const from = node.feature === shuffledFeature ? instead : at;
    node = features[node.feature]![from]! <= node.border ? node.low : node.high;
  }
  return node.mean;
}

function errorOf(
  tree: Tree,
  features: readonly number[][],
  target: readonly number[],
  rows: readonly number[],
  instead: readonly number[],
  feature: number,
): number {
  if (!rows.length) return 0;
  return rows.reduce((sum, at, place) => sum + (target[at]! - asked(tree, features, at, feature, instead[place]!)) ** 2, 0) / rows.length;
}

export function spearman(a: readonly number[], b: readonly number[]): number | null {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [both, left, right] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    both += (x[at]! - middle) * (y[at]! - middle);
    left += (x[at]! - middle) ** 2;
    right += (y[at]! - middle) ** 2;
  }
  return left && right ? both / Math.sqrt(left * right) : null;
}

/** Equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const made = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let at = from; at <= to; at++) made[order[at]!] = (from + to) / 2;
    from = to + 1;
  }
  return made;
}

function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

function thinned(rows: readonly number[]): readonly number[] {
  if (rows.length <= MOST_RUNS) return rows;
  return Array.from({ length: MOST_RUNS }, (_, at) => rows[Math.floor((at * rows.length) / MOST_RUNS)]!);
}

function shuffled(rows: readonly number[], random: () => number): number[] {
  const made = [...rows];
  for (let at = made.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [made[at], made[other]] = [made[other]!, made[at]!];
  }
  return made;
}

/** A sequence of numbers from 0 to 1 that a seed determines (a linear congruence with a scrambled output). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 15), 2246822519) >>> 0;
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 4294967296;
  };
}
