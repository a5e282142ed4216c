// @vitest-environment happy-dom
import { expect, test } from "vitest";
import type { Run } from "../src/parts/trigger_run";
import { begun, type Declared, declaredOf, nextOf, python, type Trigger, whole, wishOf } from "../src/screens/pipelines/declaring";
import { boxesOf, countsOf, criticalPath, edgesOf, type Node } from "../src/screens/pipelines/folds";
import { walked } from "../src/screens/pipelines/walking";

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

test("however many steps are unfolded, so many boxes are drawn one by one and no more", () => {
  const many = Array.from({ length: 3000 }, (_, at) => node(at + 10, `step ${at % 30}`, 0, 1));
  const boxes = boxesOf(many, new Set(Array.from({ length: 30 }, (_, at) => `step ${at}`)));
  expect(boxes.filter((one) => one.nodes.length === 1)).toHaveLength(200);
  expect(boxes).toHaveLength(228);
  expect(boxes.reduce((sum, one) => sum + one.nodes.length, 0)).toBe(3000);
});

test("arrows lead from layer to layer and within one, and nowhere beyond", () => {
  const places = { a: { x: 0, y: 50 }, b: { x: 200, y: 0 }, c: { x: 200, y: 60 }, d: { x: 400, y: 0 }, e: { x: 400, y: 300 } };
  expect(walked(places, "a", "ArrowRight")).toBe("c");
  expect(walked(places, "c", "ArrowUp")).toBe("b");
  expect(walked(places, "b", "ArrowUp")).toBeNull();
  expect(walked(places, "b", "ArrowRight")).toBe("d");
  expect(walked(places, "d", "ArrowDown")).toBe("e");
  expect(walked(places, "e", "ArrowLeft")).toBe("c");
  expect(walked(places, "a", "ArrowLeft")).toBeNull();
  expect(walked(places, "gone", "ArrowLeft")).toBeNull();
});

const RUN = {
  id: 6,
  step: "build",
  definition: { name: "build", kind: "pipeline" },
  parameters: { share: 0.5, fast: true },
  code: { digest: "new" },
} as unknown as Run;

test("a schedule is what its fields say, one at a time unless told otherwise", () => {
  const wish = { ...begun("nightly", "schedule"), most: 2, per: 3600 };
  const made = declaredOf(wish, undefined, RUN);
  expect(made.when).toEqual({ on: "schedule", cron: "0 3 * * *", zone: "UTC" });
  expect(made.limits).toMatchObject({ concurrency: 1, most: 2, per: 3600, where: "", dry_run: false });
  expect(declaredOf(wish).do).toEqual([]);
  expect(python(made)).toBe(
    [
      "trigger(",
      '    "nightly",',
      '    when.schedule("0 3 * * *", zone="UTC"),',
      "    do.run(build, share=0.5, fast=True),",
      "    at_most=(2, 3600),",
      "    concurrency=1,",
      ")",
    ].join("\n"),
  );
});

const BEFORE: Declared = {
  name: "retrain",
  when: { on: "news", kind: "alarm.opened" },
  do: [
    { act: "run", submission: { key: "", definition: { name: "build", kind: "pipeline" } as never, code: { digest: "old" } as never } },
    { act: "notify", mail: ["ops@example.org"] },
  ],
  limits: { match: { slice: "" } as never, concurrency: 3, unless_open: ["drift", "quality"], tries: 9, shared: ["other"], persists: 60 },
  file: "loop.py",
};

test("what no field tells of stays when a trigger is changed", () => {
  const same = declaredOf(wishOf(BEFORE), BEFORE);
  expect(same.do).toEqual(BEFORE.do);
  expect(same.limits).toMatchObject({ ...BEFORE.limits });
  expect(same.file).toBe("loop.py");
  const other = declaredOf({ ...wishOf(BEFORE), quality: false, alone: false }, BEFORE, RUN);
  expect(other.do.map((act) => (act.act === "run" ? act.submission.code?.digest : act.act))).toEqual(["new", "notify"]);
  expect(other.limits).toMatchObject({ unless_open: ["drift"], concurrency: 0, tries: 9 });
  expect(python(other)).toBe("");
});

test("conditions belong to a source: with another one they are gone", () => {
  const moved = declaredOf({ ...wishOf(BEFORE), when: { on: "schedule", cron: "0 4 * * *" }, where: "rows > 3" }, BEFORE);
  expect(moved.limits?.match).toBeUndefined();
  expect(moved.limits).toMatchObject({ where: "", persists: 0 });
  expect(python({ ...BEFORE, do: BEFORE.do.slice(0, 1) })).toContain('when.news("alarm.opened", slice="")');
});

test("only a schedule has a next moment: a folder is looked at, and that is no run", () => {
  const trigger = (when: Declared["when"], next_at: number) =>
    ({ declared: { ...BEFORE, when }, next_at, state: "on" }) as unknown as Trigger;
  const all = [trigger({ on: "files", place: "in" }, 5), trigger({ on: "schedule", cron: "* * * * *" }, 60)];
  expect(nextOf(all, "build")).toBe(60);
  expect(nextOf(all, "other")).toBeUndefined();
});

test("a form is whole when every field is filled that must be", () => {
  expect(whole(begun("x", "schedule"))).toBe(true);
  expect(whole(begun("x", "files"))).toBe(false);
  expect(whole(begun("x", "news"))).toBe(true);
  expect(whole(begun("", "news"))).toBe(false);
});
