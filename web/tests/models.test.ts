// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { wordsOf } from "../src/screens/models/card";
import { fits, hearing, type Trigger } from "../src/screens/models/consequences";
import {
  answering,
  type Column,
  changes,
  compared,
  type Endpoint,
  first,
  named,
  passed,
  rival,
  seen,
  takenBack,
  usual,
  type Version,
} from "../src/screens/models/judging";

const artifact = { name: "result", digest: "a", size: 1, format: "sklearn" };
const version = (number: number, more: Partial<Version> = {}): Version => ({
  model: "churn",
  number,
  stage: "approved",
  artifact,
  created_at: number,
  actor: "ada",
  ...more,
});

test("a difference is called better or worse by the metric's direction, and unclear where chance may have made it", () => {
  const facts = (low: number, high: number) => ({ intervals: { auc: [low, high], log_loss: [low, high] } }) as Version["facts"];
  const now = version(2, { metrics: { auc: 0.8, log_loss: 0.8, f1: 0.5 }, facts: facts(0.79, 0.81) });
  const before = version(1, { metrics: { auc: 0.7, log_loss: 0.7, f1: 0.5 }, facts: facts(0.69, 0.71) });
  const verdicts = Object.fromEntries(compared(now, before).map((row) => [row.metric, row.verdict]));
  expect(verdicts).toEqual({ auc: "better", log_loss: "worse", f1: "equal" });
  const near = version(1, { metrics: { auc: 0.795 }, facts: facts(0.78, 0.8) });
  expect(compared(now, near).find((row) => row.metric === "auc")?.verdict).toBe("unclear");
  const held = (digest: string) => ({ holdout: { digest } }) as Partial<Version>;
  expect(compared({ ...now, ...held("a") }, { ...before, ...held("b") })[0]?.verdict).toBe("other rows");
  expect(compared({ ...now, ...held("a") }, { ...before, ...held("a") })[0]?.verdict).not.toBe("other rows");
  expect(compared(now, undefined).every((row) => row.verdict === "" && row.difference === null)).toBe(true);
});

test("bias is better the nearer it is to nought", () => {
  const rows = compared(version(2, { metrics: { bias: -0.1 } }), version(1, { metrics: { bias: 0.4 } }));
  expect(rows[0]?.verdict).toBe("better");
});

test("what waits is looked at first, then the champion, then the newest", () => {
  const line = [version(3), version(2, { aliases: ["champion"] }), version(1)];
  expect(first(line)?.number).toBe(2);
  expect(first([version(4, { stage: "waiting" }), ...line])?.number).toBe(4);
  expect(first([version(1)])?.number).toBe(1);
  expect(named(line, "champion")?.number).toBe(2);
  expect(named(line, "v3")?.number).toBe(3);
  expect(named(line, "nobody")).toBeUndefined();
});

test("a version is compared with the champion, the champion with the version before it", () => {
  const line = [version(3), version(2, { aliases: ["champion"] }), version(1)];
  expect(rival(line, line[0]!)?.number).toBe(2);
  expect(rival(line, line[1]!)?.number).toBe(1);
  expect(rival([version(1)], version(1))).toBeUndefined();
});

test("a signature's columns are told as added, removed or changed", () => {
  const column = (name: string, more: Partial<Column> = {}): Column => ({ name, type: "int64", ...more });
  const made = changes([column("a"), column("b")], [column("b", { nullable: true }), column("c", { lowest: 1, highest: 9 })]);
  expect(made.map(({ name, what }) => `${what} ${name}`)).toEqual(["changed b", "added c", "removed a"]);
  expect(seen(column("w", { categories: ["a", "b", "c", "d", "e", "f", "g"] }))).toBe("7 words: a, b, c, d, e, f …");
});

test("where a version answers, and where it was taken back", () => {
  const revision = { model: "churn", created_at: 0 };
  const endpoint = {
    name: "shop",
    revisions: [
      { ...revision, number: 1, version: 1, role: "ready" },
      { ...revision, number: 2, version: 2, role: "live", share: 1 },
      { ...revision, number: 3, version: 3, role: "failed", reason: "errors" },
    ],
  } as unknown as Endpoint;
  expect(answering([endpoint], "churn").map((one) => `${one.role} v${one.number}`)).toEqual(["ready v1", "live v2"]);
  expect(answering([endpoint], "churn", 2)).toHaveLength(1);
  expect(takenBack([endpoint], version(3))).toEqual([{ endpoint: "shop", reason: "errors", at: null }]);
});

test("gates are counted, and their metrics are those that are shown", () => {
  const gate = (kind: string, state: string, metric?: string) => ({
    gate: kind,
    kind,
    state,
    sentence: "",
    evidence: metric ? { metric } : {},
  });
  const judged = version(1, {
    gates: [gate("metric", "passed", "auc"), gate("champion", "failed", "log_loss"), gate("size", "passed")] as never,
  });
  expect(passed(judged)).toBe("2/3");
  expect(usual(judged)).toEqual(["auc", "log_loss"]);
  expect(usual(version(1, { metrics: { mae: 1, rmse: 2, r2: 3 } }))).toEqual(["mae", "rmse"]);
});

test("triggers that a yes sets off are those that hear of this model", () => {
  const trigger = (name: string, when: object, match = {}, state = "on") =>
    ({ name, state, sentence: "", declared: { when, limits: { match } } }) as unknown as Trigger;
  const all = [
    trigger("release", { on: "news", kind: "version.approved" }, { model: "churn" }),
    trigger("other", { on: "news", kind: "version.approved" }, { model: "prices" }),
    trigger("any", { on: "news", kind: "version.*", subject: "model:churn@*" }),
    trigger("off", { on: "news", kind: "version.approved" }, {}, "paused"),
    trigger("clock", { on: "schedule", cron: "* * * * *" }),
  ];
  expect(hearing(all, "version.approved", "churn").map((one) => one.name)).toEqual(["release", "any"]);
  expect(fits("run.*", "run.done")).toBe(true);
  expect(fits("run.done", "runxdone")).toBe(false);
});

test("the words of a card are told without the tables of facts", () => {
  const card =
    "# churn@v1\n\nVersion 1.\n\n## Details\n\n| a | b |\n\n## Intended use\n\nFor shops.\n\n## Gates\n\n| x |\n\n## Caveats\n\nNone.\n";
  expect(wordsOf(card)).toBe("# Intended use\n\nFor shops.\n\n# Caveats\n\nNone.");
});
