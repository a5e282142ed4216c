// @vitest-environment happy-dom

import { expect, test } from "vitest";
import type { Schema } from "../src/api/client";
import { nudged } from "../src/charts/parallel";
import { inSight } from "../src/parts/across";
import { choices, moved, searchedFor } from "../src/screens/runs/chooser";
import { completed, taken } from "../src/screens/runs/complete";
import { both, having, read, titled, usual, written } from "../src/screens/runs/keys";
import { meanOf } from "../src/screens/runs/mean";
import { meant } from "../src/screens/runs/new_run";
import { merged, patched } from "../src/screens/runs/paging";
import { slots, toggled, without } from "../src/screens/runs/selection";

const VOCABULARY: Schema<"SearchKeys"> = {
  subject: "run",
  keys: [
    { name: "state", type: "state", operators: ["=", "!=", "in"], choices: ["done", "failed"] },
    { name: "step", type: "text", operators: ["=", "like"] },
    { name: "created", type: "time", operators: [">", "<"], values: ["-7d", "today"] },
    { name: "metrics", type: "number", operators: ["=", ">"], named: true, parts: ["lowest", "highest"], values: ["0.9"] },
    { name: "params", type: "parameter", operators: ["="], named: true, same: ["parameters"] },
  ],
  joins: ["and", "or", "not"],
  example: "state = done",
};
const NAMES = { metrics: ["auc", "my metric"], parameters: ["lr"], steps: ["train", "flight delay"] };
const offered = (query: string) => completed(query, query.length, VOCABULARY, NAMES).offers.map((offer) => offer.text);

test("a query begins with a key, which is narrowed as one types", () => {
  expect(offered("")).toEqual(["state", "step", "created", "metrics.", "params.", "not"]);
  expect(offered("st")).toEqual(["state", "step"]);
  expect(offered("state = done and cre")).toEqual(["created"]);
});

test("names follow their area, with quotes where they need them, and then their parts", () => {
  expect(offered("metrics.")).toEqual(["metrics.auc", 'metrics."my metric"']);
  expect(offered("parameters.")).toEqual(["parameters.lr"]);
  expect(offered("metrics.auc.h")).toEqual(["metrics.auc.highest"]);
});

test("operators follow a key, values an operator, joins a comparison", () => {
  expect(offered("state ")).toEqual(["=", "!=", "in"]);
  expect(offered("state = ")).toEqual(["done", "failed"]);
  expect(offered("state in (done, ")).toEqual(["done", "failed"]);
  expect(offered("step = ")).toEqual(["train", "'flight delay'"]);
  expect(offered("created > ")).toEqual(["-7d", "today"]);
  expect(offered("state = done ")).toEqual(["and", "or"]);
  expect(offered("metrics.auc ")).toEqual(["=", ">"]);
});

test("what is taken stands in the place of what was typed, and the rest stays", () => {
  const query = "sta = done";
  const { from, offers } = completed(query, 3, VOCABULARY, NAMES);
  expect(taken(query, 3, from, offers[0]!)).toEqual(["state = done", 6]);
  expect(taken("metr", 4, 0, { text: "metrics.", about: "" })).toEqual(["metrics.", 8]);
});

test("keys are read as they were written, odd names too", () => {
  for (const key of [
    "state",
    "metrics.auc",
    "metrics.auc.highest",
    'metrics."my metric"',
    'metrics."my metric".lowest',
    "params.model.depth",
    "tags.team",
  ]) {
    expect(written(read(key))).toBe(key);
  }
  expect(read("metrics.auc.max")).toEqual({ area: "metrics", name: "auc", part: "highest" });
  expect(written({ area: "metrics", name: "step", part: "" })).toBe('metrics."step"');
  expect(read('metrics."step"')).toEqual({ area: "metrics", name: "step", part: "" });
  expect(titled("metrics.auc.highest")).toBe("auc (highest)");
  expect(titled("duration")).toBe("took");
});

test("conditions are joined without changing what was asked", () => {
  expect(both("a = 1 or b = 2", having("params.x", "it's"))).toBe("(a = 1 or b = 2) and params.x = 'it''s'");
  expect(both("", having("tags.team", null))).toBe("tags.team is null");
  expect(both("a = 1", "")).toBe("a = 1");
});

test("who is unticked leaves a gap, so that nobody else changes colour, and the next one fills it", () => {
  let list: string[] = [];
  for (const one of ["7", "8", "9"]) list = toggled(list, one);
  list = toggled(list, "8");
  expect(list).toEqual(["7", "", "9"]);
  expect(slots(list)).toEqual(
    new Map([
      ["7", 0],
      ["9", 2],
    ]),
  );
  expect(toggled(list, "4")).toEqual(["7", "4", "9"]);
  expect(toggled(list, "9")).toEqual(["7"]);
  expect(without(["1", "2", "3"], ["1", "3"])).toEqual(["", "2"]);
});

test("columns that nobody chose leave the machine's own metrics out", () => {
  expect(usual(["system/cpu_percent", "auc", "loss", "z"], ["lr"])).toEqual([
    "state",
    "step",
    "metrics.auc",
    "metrics.loss",
    "params.lr",
    "duration",
    "started",
    "note",
  ]);
});

test("of a wide table the columns between two places are in sight", () => {
  const widths = [200, ...Array.from({ length: 50 }, () => 100)];
  expect(inSight(widths, -400, 1000)).toEqual({ first: 1, last: 8 });
  expect(inSight(widths, 1000, 1500)).toEqual({ first: 8, last: 13 });
  expect(inSight(widths, 4900, 9000)).toEqual({ first: 47, last: 50 });
  expect(inSight([200], 0, 1000)).toEqual({ first: 1, last: 1 });
});

test("columns are searched by words and moved within their order", () => {
  const all = choices({ metrics: ["val/auc"], parameters: ["lr"], tags: ["team"] });
  expect(searchedFor(all, "auc high")).toEqual(["metrics.val/auc.highest"]);
  expect(searchedFor(all, "took")).toEqual(["duration"]);
  expect(moved(["a", "b", "c"], "c", -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b"], "a", -1)).toEqual(["a", "b"]);
});

test("rows that are told anew stand in their places, and none stands twice", () => {
  const run = (id: number, state = "done") => ({ id, state }) as never;
  expect(merged([run(3), run(2)], [run(2), run(1)]).map((one) => one.id)).toEqual([3, 2, 1]);
  expect(patched([run(2), run(1)], [run(1, "failed")]).map((one) => one.state)).toEqual(["done", "failed"]);
});

test("the mean of a group counts each run where it is, and its band goes from the lowest to the highest", () => {
  const curve = (steps: number[], values: (number | null)[]) => ({ steps, times: steps, values, origin: undefined });
  const told = meanOf([curve([0, 10, 20], [0, 10, 20]), curve([0, 20], [10, 10])]);
  expect(told.steps).toEqual([0, 10, 20]);
  expect(told.values).toEqual([5, 10, 15]);
  expect(told.lowest).toEqual([0, 10, 10]);
  expect(told.highest).toEqual([10, 10, 20]);
  expect(meanOf([curve([0, 10], [1, null]), curve([0], [3])]).values).toEqual([2, null]);
});

test("a changed parameter keeps its type", () => {
  expect([meant("0.5", 1), meant("true", false), meant("7", "words"), meant("abc", 3), meant("[1]", [])]).toEqual([
    0.5,
    true,
    "7",
    "abc",
    [1],
  ]);
});

test("the keys on an axis narrow what is kept, and widen it again", () => {
  expect(nudged(undefined, "ArrowUp", false)).toEqual([0.05, 1]);
  expect(nudged([0.05, 1], "ArrowDown", false)).toEqual([0.05, 0.95]);
  expect(nudged([0.05, 0.95], "ArrowUp", true)).toEqual([0.05, 1]);
  expect(nudged([0.05, 1], "ArrowDown", true)).toBeNull();
  expect(nudged([0.5, 0.55], "ArrowUp", false)).toEqual([0.5, 0.55]);
  expect(nudged([0.5, 0.6], "Delete", false)).toBeNull();
  expect(nudged([0.5, 0.6], "a", false)).toBeUndefined();
});
