// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { spread, step } from "../src/charts/heat";
import { free } from "../src/parts/trigger_name";
import { newestOfEach, type Run, submissionOf } from "../src/parts/trigger_run";
import { versionsOf } from "../src/screens/monitors/compare";
import { declared, python, sentence, type Wish } from "../src/screens/monitors/declaring";
import {
  type Alarm,
  heatOf,
  lastVerdict,
  performanceOf,
  releasesOf,
  slicesOf,
  spansOf,
  type Window,
} from "../src/screens/monitors/reading";
import { settingsWords } from "../src/screens/monitors/settings";
import { waitsFor } from "../src/screens/monitors/triggers";

const line = (name: string, effect: number, more = {}) => ({
  name,
  check: "drift",
  effect,
  verdict: effect >= 0.1 ? "material" : "same",
  ...more,
});
const window = (number: number, more: Record<string, unknown> = {}) =>
  ({
    monitor: "watch",
    number,
    start: 0,
    end: 0,
    rows: 100,
    looked_at: number * 10,
    verdicts: {},
    report: {},
    ...more,
  }) as unknown as Window;

test("the worst features stand first, newer windows count more, and a feature that a window does not tell of leaves a gap", () => {
  const windows = [
    window(1, { report: { columns: [line("old", 0.9), line("quiet", 0.01)] } }),
    window(2, { report: { columns: [line("fresh", 0.5), line("quiet", 0.01)] } }),
    ...[3, 4, 5, 6, 7, 8].map((number) => window(number, { report: { columns: [line("fresh", 0.5)] } })),
  ];
  const rows = heatOf(windows, 0.1);
  expect(rows.map((row) => row.name)).toEqual(["fresh", "old", "quiet"]);
  expect(rows[0]!.cells[0]).toBeNull();
  expect(rows[0]!.cells[1]!.score).toBeCloseTo(5);
});

test("rows of slices are kept apart from those of all rows", () => {
  const windows = [
    window(1, {
      verdicts: { drift: "bad", "drift@origin=EWR": "bad" },
      report: { columns: [line("a", 0.2), line("b", 0.3, { slice: "origin=EWR" })] },
    }),
  ];
  expect(heatOf(windows, 0.1).map((row) => row.name)).toEqual(["a"]);
  expect(heatOf(windows, 0.1, "origin=EWR").map((row) => row.name)).toEqual(["b"]);
  expect(slicesOf(windows)).toEqual(["origin=EWR"]);
});

test("a release is where another version answers most", () => {
  const windows = [window(1, { version: 1 }), window(2), window(3, { version: 1 }), window(4, { version: 2 })];
  expect(releasesOf(windows)).toEqual([{ at: 3, version: 2, former: 1 }]);
});

const alarm = (id: number, at: number, state: string, closed_at: number | null = null) =>
  ({ id, window: at, state, closed_at, kind: "drift" }) as Alarm;

test("alarms are bars from the window that opened them to the last one before they closed, and do not lie on each other", () => {
  const windows = [5, 6, 7, 8].map((number) => window(number));
  const spans = spansOf([alarm(1, 3, "open"), alarm(2, 6, "closed", 75), alarm(3, 8, "open")], windows);
  expect(spans.map((span) => [span.alarm.id, span.from, span.to, span.column])).toEqual([
    [1, 0, 3, 0],
    [2, 1, 2, 1],
    [3, 3, 3, 1],
  ]);
  expect(spread([{ from: 1, to: 2 }], 4)).toEqual([0, { from: 1, to: 2 }, 3]);
});

const measured = (value: number, verdict = "good") => ({
  kind: "performance",
  verdict,
  sentence: "",
  numbers: { metric: "auc", metrics: { auc: [value, value - 0.1, value + 0.1] }, bound: 0.6 },
});

test("what was measured stands for itself, an estimate stands in where labels are missing", () => {
  const windows = [
    window(1, { report: { checks: { performance: measured(0.7), estimate: measured(0.9) } } }),
    window(2, { report: { checks: { performance: { kind: "performance", verdict: "waiting", sentence: "" }, estimate: measured(0.8) } } }),
  ];
  const { metric, points } = performanceOf(windows);
  expect(metric).toBe("auc");
  expect(points.map((one) => [one.at, one.value, one.low, one.bound, one.estimated])).toEqual([
    [0, 0.7, 0.7 - 0.1, 0.6, false],
    [1, 0.8, 0.8 - 0.1, 0.6, true],
  ]);
});

test("versions are compared by their windows, the metric weighted with labels", () => {
  const at = (number: number, version: number, value: number, labelled: number) =>
    window(number, {
      version,
      labelled,
      verdicts: { performance: "bad", "performance@a=b": "bad" },
      report: { checks: { performance: measured(value) } },
    });
  const [two, one] = versionsOf([at(1, 1, 0.5, 100), at(2, 1, 0.8, 200), at(3, 2, 0.9, 10)]);
  expect([two!.version, two!.metric]).toEqual([2, 0.9]);
  expect(one!.metric).toBeCloseTo(0.7);
  expect(one!.bad.get("performance")).toBe(2);
});

test("a window is as bad as the worst of its checks over all rows", () => {
  expect(lastVerdict(window(1, { verdicts: { drift: "good", quality: "bad" } }))).toBe("bad");
  expect(lastVerdict(window(1, { verdicts: { drift: "good", "drift@a=b": "bad" } }))).toBe("good");
  expect(lastVerdict(window(1, { verdicts: { performance: "waiting", drift: "good" } }))).toBe("waiting");
});

test("arrows move within the strip and nothing else does", () => {
  expect(step("ArrowDown", 1, 2, 9)).toEqual([2, 2]);
  expect(step("End", 1, 2, 9)).toEqual([1, 8]);
  expect(step("a", 1, 2, 9)).toBeNull();
});

const WISH: Wish = {
  name: "retrain-risk",
  kinds: ["performance"],
  slices: false,
  cooldown: 86_400,
  most: 3,
  per: 604_800,
  persists: 0,
  alone: true,
  quality: true,
};
const RUN = {
  id: 6,
  step: "build",
  kind: "pipeline",
  definition: { name: "build", kind: "pipeline", inputs: [{ name: "flights", source: "dataset://flights" }, { name: "weather" }] },
  bindings: { flights: { dataset: "flights@v18" }, weather: { dataset: "weather@v18" } },
  parameters: { share: 1 },
  options: { entry: "pipeline.py::build", seed: 4 },
  code: { digest: "c" },
  environment: { digest: "e" },
} as unknown as Run;

test("a run is repeated with its code and parameters, and with the newest data", () => {
  const made = submissionOf(RUN);
  expect(made.bindings).toEqual({ weather: { dataset: "dataset://weather" } });
  expect(made.options).toEqual({ entry: "pipeline.py::build" });
  expect([made.key, made.code?.digest, made.parameters]).toEqual(["", "c", { share: 1 }]);
});

test("a trigger from here waits for this endpoint's alarms of all rows, and says so", () => {
  const made = declared(WISH, "risk", RUN);
  expect(made.when).toEqual({ on: "news", kind: "alarm.opened" });
  expect(made.limits?.match).toEqual({ endpoint: "risk", kind: "performance", slice: "" });
  expect(made.limits?.unless_open).toEqual(["quality"]);
  expect(sentence(WISH, "risk", "build")).toBe(
    "When an alarm of performance of all rows opens at risk, build runs with the newest data; not again for 1.0 d, at most 3 times in 7.0 d, one at a time, never while an alarm of quality is open.",
  );
  expect(python(WISH, "risk", "build")).toContain('when.news("alarm.opened", endpoint="risk", kind="performance", slice="")');
});

test("another trigger is never replaced: a taken name gets a number", () => {
  expect(free("retrain", ["release"])).toBe("retrain");
  expect(free("retrain", ["retrain", "retrain-2"])).toBe("retrain-3");
});

test("triggers that wait for alarms of an endpoint are found", () => {
  const trigger = (kind: string, match = {}) => ({ declared: { when: { on: "news", kind }, limits: { match } } });
  expect(waitsFor(trigger("alarm.opened", { endpoint: "risk" }), "risk")).toBe(true);
  expect(waitsFor(trigger("alarm.*"), "risk")).toBe(true);
  expect(waitsFor(trigger("alarm.opened", { endpoint: ["a", "b"] }), "risk")).toBe(false);
  expect(waitsFor(trigger("version.approved"), "risk")).toBe(false);
});

test("of every pipeline and step the newest run is offered, pipelines first", () => {
  const runs = [
    { id: 9, step: "train", kind: "step" },
    { id: 8, step: "build", kind: "pipeline" },
    { id: 2, step: "build", kind: "pipeline" },
  ];
  expect(newestOfEach(runs).map((run) => run.id)).toEqual([8, 9]);
});

test("settings are told in sentences", () => {
  const words = settingsWords({
    seconds: 604_800,
    ignore: ["gust"],
    performance: { metric: "log_loss", worse_by: 0.06 },
    open: 4,
    among: 5,
  });
  expect(words).toContain("all inputs but gust");
  expect(words).toContain("log_loss at most 0.06 worse than on the holdout, judged with 80 % of the labels");
  expect(words).toContain("an alarm opens after 4 bad windows of the last 5, and closes after 3 good ones");
});
