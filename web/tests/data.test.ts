// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { bars, type Held, inWords } from "../src/charts/histogram";
import { type Edge, folded, type Node, parents } from "../src/parts/folding";
import { named, type Version } from "../src/screens/data/dataset";
import { before } from "../src/screens/data/diff";
import { described } from "../src/screens/data/properties";

const version = (number: number, more: Partial<Version> = {}): Version => ({
  dataset: "days",
  number,
  manifest: "m",
  files: 1,
  size: 1,
  created_at: number,
  actor: "ada",
  ...more,
});

test("a version is found by number, label or alias, and compared with the one before it", () => {
  const line = [version(3), version(2, { label: "2024" }), version(1, { aliases: ["checked"] })];
  expect(named(line, "v2")?.number).toBe(2);
  expect(named(line, "2024")?.number).toBe(2);
  expect(named(line, "checked")?.number).toBe(1);
  expect(named(line, "9")).toBeUndefined();
  expect(before(line, line[0]!)?.number).toBe(2);
  expect(before(line, line[2]!)?.number).toBe(3);
  expect(before([version(1)], version(1))).toBeUndefined();
});

test("two columns are drawn on one scale, the highest bar of both filling it", () => {
  const bin = (lowest: number, highest: number, rows: number) => ({ lowest, highest, rows });
  const now: Held = { name: "n", type: "Int64", bins: [bin(0, 5, 10), bin(5, 10, 30)] };
  const then: Held = { name: "n", type: "Int64", bins: [bin(10, 20, 7)] };
  const [a, b] = bars([now, then]);
  expect(a!.map((bar) => [bar.from, bar.to])).toEqual([
    [0, 0.25],
    [0.25, 0.5],
  ]);
  expect(a!.map((bar) => bar.high)).toEqual([expect.closeTo(1 / 3), 1]);
  expect(b![0]).toMatchObject({ from: 0.5, to: 1, high: expect.closeTo(2 / 3) });
  expect(bars([{ name: "empty", type: "Null" }])).toEqual([[]]);
});

test("words stand at the same place in both columns", () => {
  const held = (words: [string, number][]): Held => ({ name: "w", type: "String", words: words.map(([value, rows]) => ({ value, rows })) });
  const [a, b] = bars([held([["x", 3]]), held([["y", 4], ["x", 4]])]); // biome-ignore format: pairs stay together
  expect(a!.map((bar) => bar.high)).toEqual([1, 0]);
  expect(b!.map((bar) => bar.high)).toEqual([0.5, 0.5]);
  expect(inWords({ ...held([["x", 3]]), nulls: 2 })).toBe("x, 2 missing");
});

test("runs fold into the run that started them, and edges follow", () => {
  const node = (id: string, parent?: string): Node => ({ id, kind: id.split(":")[0]!, title: id, ...(parent ? { parent } : {}) });
  const edge = (source: string, target: string): Edge => ({ source, target, label: "" });
  const nodes = [node("dataset:a@v1"), node("run:2", "run:1"), node("run:3", "run:1"), node("model:m@v1")];
  const edges = [edge("dataset:a@v1", "run:2"), edge("run:2", "run:3"), edge("run:3", "model:m@v1")];
  expect(parents(nodes)).toEqual(["run:1"]);
  expect(folded(nodes, edges, new Set(), "model:m@v1")).toEqual({ nodes: nodes.map((one) => ({ ...one, holds: 0 })), edges });
  const told = folded(nodes, edges, new Set(["run:1"]), "model:m@v1");
  expect(told.nodes.map((one) => [one.id, one.holds])).toEqual([
    ["dataset:a@v1", 0],
    ["model:m@v1", 0],
    ["run:1", 2],
  ]);
  expect(told.edges.map((one) => [one.source, one.target])).toEqual([
    ["dataset:a@v1", "run:1"],
    ["run:1", "model:m@v1"],
  ]);
  expect(folded(nodes, edges, new Set(["run:1"]), "run:3").nodes.map((one) => one.id)).toContain("run:3");
});

test("tags and a property are kept as they are meant", () => {
  expect(described("a, b ,", "", "")).toEqual({ "valohai.tags": ["a", "b"] });
  expect(described("", "rows", "12")).toEqual({ "valohai.tags": [], rows: 12 });
  expect(described("", "who", "ada")).toEqual({ "valohai.tags": [], who: "ada" });
  expect(described("", "who", "")).toEqual({ "valohai.tags": [], who: null });
});
