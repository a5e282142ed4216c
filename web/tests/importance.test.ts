import { expect, test } from "vitest";
import { scaleFor } from "../src/charts/axis";
import { importance, spearman } from "../src/charts/importance";

const runs = Array.from({ length: 200 }, (_, at) => at);
const spread = (at: number, by: number) => ((at * by) % 97) / 97;

test("the parameter that the metric is made of is found, the others matter little", () => {
  const lr = runs.map((at) => spread(at, 31));
  const depth = runs.map((at) => Math.floor(spread(at, 57) * 10));
  const noise = runs.map((at) => spread(at, 11));
  const metric = runs.map((at) => -3 * lr[at]! + 0.02 * depth[at]!);
  const told = importance(
    [
      { name: "noise", values: noise },
      { name: "depth", values: depth },
      { name: "lr", values: lr },
    ],
    metric,
  )!;
  expect(told.parameters[0]!.name).toBe("lr");
  expect(told.parameters[0]!.share).toBeGreaterThan(0.8);
  expect(told.parameters[0]!.correlation).toBeLessThan(-0.9);
  expect(told.explained).toBeGreaterThan(0.8);
  expect(told.runs).toBe(200);
});

test("a relation that goes up and down again is found, though its ranks do not correlate", () => {
  const x = runs.map((at) => spread(at, 31) - 0.5);
  const told = importance(
    [
      { name: "x", values: x },
      { name: "other", values: runs.map((at) => spread(at, 23)) },
    ],
    x.map((one) => one * one),
  )!;
  expect(told.parameters[0]!.name).toBe("x");
  expect(Math.abs(told.parameters[0]!.correlation!)).toBeLessThan(0.3);
});

test("words count, too; what is the same in all runs does not", () => {
  const kind = runs.map((at) => (at % 3 ? "adam" : "sgd"));
  const told = importance(
    [
      { name: "kind", values: kind },
      { name: "same", values: runs.map(() => 7) },
    ],
    runs.map((at) => (at % 3 ? 1 : 0) + spread(at, 7) / 10),
  )!;
  expect(told.parameters.map((one) => one.name)).toEqual(["kind"]);
  expect(told.parameters[0]!.correlation).toBeNull();
});

test("where nothing can be foretold, that is what it says", () => {
  const told = importance(
    [{ name: "x", values: runs.map((at) => spread(at, 31)) }],
    runs.map((at) => spread(at * at + 5, 53)),
  )!;
  expect(told.explained).toBeLessThan(0.3);
});

test("the same runs give the same answer, and too few or equal ones none", () => {
  const x = runs.map((at) => spread(at, 31));
  expect(importance([{ name: "x", values: x }], x)).toEqual(importance([{ name: "x", values: x }], x));
  expect(importance([{ name: "x", values: [1, 2, 3] }], [1, 2, 3])).toBeNull();
  expect(
    importance(
      [{ name: "x", values: x }],
      runs.map(() => 1),
    ),
  ).toBeNull();
});

test("ranks correlate as Spearman says", () => {
  expect(spearman([1, 2, 3, 4], [10, 20, 30, 4000])).toBeCloseTo(1);
  expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1);
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
});

test("an axis is logarithmic where positive values span decades, and words are points", () => {
  expect(scaleFor([0.0001, 0.1], String).kind).toBe("log");
  expect(scaleFor([0, 100], String).kind).toBe("number");
  expect(scaleFor([5, 5, null], String).place(5)).toBeCloseTo(0.5);
  const words = scaleFor(["b", "a", null, 3], String);
  expect(words.kind).toBe("words");
  expect(words.ticks.map((tick) => tick.label)).toEqual(["3", "a", "b"]);
  expect(words.place(null)).toBeNull();
});
