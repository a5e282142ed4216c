import { expect, test } from "vitest";
import { boxesOf, countsOf, criticalPath, edgesOf, type Node } from "../src/screens/pipelines/folds";

const node = (id: number, step: string, from: number, to: number, state = "done"): Node => ({
  id,
  name: `n${id}`,
  step,
  state,
  queued_at: 0,
  started_at: from,
  ended_at: to,
});

const NODES = [
  node(2, "prepare", 0, 2),
  node(3, "train", 2, 9),
  node(4, "train", 2, 5, "failed"),
  node(5, "report", 2, 3),
  node(6, "choose", 9, 10),
];
const EDGES = [
  [2, 3],
  [2, 4],
  [2, 5],
  [3, 6],
  [4, 6],
  [5, 6],
];

test("runs of one step are one box until it is unfolded", () => {
  const boxes = boxesOf(NODES, new Set());
  expect(boxes.map((one) => [one.id, one.nodes.length])).toEqual([
    ["2", 1],
    ["step train", 2],
    ["5", 1],
    ["6", 1],
  ]);
  expect(countsOf(boxes[1]!)).toEqual([
    ["failed", 1],
    ["done", 1],
  ]);
  expect(edgesOf(boxes, EDGES)).toEqual([
    ["2", "step train"],
    ["2", "5"],
    ["step train", "6"],
    ["5", "6"],
  ]);
  expect(boxesOf(NODES, new Set(["train"])).map((one) => one.id)).toEqual(["2", "3", "4", "5", "6"]);
});

test("the critical path leads back through what was waited for longest", () => {
  const boxes = boxesOf(NODES, new Set(["train"]));
  expect([...criticalPath(boxes, edgesOf(boxes, EDGES))]).toEqual(["6", "3", "2"]);
  expect(criticalPath([], []).size).toBe(0);
});

test("two thousand runs of a step are one box", () => {
  const many = Array.from({ length: 2000 }, (_, at) => node(at + 10, "trial", 0, 1));
  const boxes = boxesOf(many, new Set());
  expect(boxes).toHaveLength(1);
  expect(boxesOf(many, new Set(["trial"])).length).toBeLessThanOrEqual(201);
});
