// What waits, and news in groups.
import { expect, test } from "vitest";
import type { Entry } from "../src/api/live";
import { aboutOf, sentence } from "../src/parts/sentence";
import { grouped, shortened, worthTelling } from "../src/screens/today/groups";
import { waiting, waitingWords } from "../src/state/waiting";

function entry(id: number, kind: string, subject: string, more: object = {}): Entry {
  return { id, kind, subject, at: id, actor: "ada", project: "default", ...more };
}

test("what one entry caused, and what one run did, stand together, the newest group first", () => {
  const entries = [
    entry(1, "alarm.opened", "monitor:w"),
    entry(2, "run.queued", "run:9", { root: 9 }),
    entry(3, "trigger.fired", "trigger:t", { cause: 1 }),
    entry(4, "run.queued", "run:10", { root: 10, cause: 3 }),
    entry(5, "run.done", "run:10", { root: 10 }),
    entry(6, "run.done", "run:9", { root: 9 }),
  ];
  expect(grouped([...entries].reverse()).map((group) => group.map((one) => one.id))).toEqual([
    [2, 6],
    [1, 3, 4, 5],
  ]);
});

test("of the steps within a pipeline only failures are told", () => {
  expect(worthTelling(entry(1, "run.done", "run:9", { root: 9 }))).toBe(true);
  expect(worthTelling(entry(1, "run.done", "run:10", { root: 9 }))).toBe(false);
  expect(worthTelling(entry(1, "run.failed", "run:10", { root: 9 }))).toBe(true);
});

test("a long group shows its beginning and its end", () => {
  expect(shortened([1, 2, 3, 4, 5, 6, 7])).toEqual({ first: [1], hidden: [2, 3, 4], last: [5, 6, 7] });
  expect(shortened([1, 2, 3]).hidden).toEqual([]);
});

test("rollouts and acknowledged alarms wait for nobody", () => {
  const counts = { versions: 1, runs: 1, alarms: 2, acknowledged: 7, failed: 1, stuck: 0, rollouts: 3, mentions: 0 };
  expect(waiting(counts)).toBe(5);
  expect(waitingWords(counts)).toBe("2 approvals, 2 alarms, 1 failed run");
});

test("entries are told in plain words, and lead to what they are about", () => {
  const live = entry(1, "revision.live", "endpoint:churn", { data: { ref: "churn@v3", endpoint: "churn", former: "churn@v2" } });
  expect(sentence(live)).toBe("churn@v3 is live at churn, in place of churn@v2");
  const failed = entry(2, "run.failed", "run:7", { data: { name: "calm-owl", step: "train", reason: "error" } });
  expect(sentence(failed)).toBe("run 7 calm-owl (train) failed: error");
  const alarm = entry(3, "alarm.opened", "monitor:w", { data: { alarm: 4, sentence: "drift of window 4" } });
  expect([sentence(alarm), aboutOf(alarm)]).toEqual(["alarm 4 opened: drift of window 4", "alarm:4"]);
  const said = entry(4, "comment.added", "comment:2", { data: { about: "run:7" } });
  expect(aboutOf(said)).toBe("run:7");
  expect(sentence(entry(5, "unheard.of", "thing:1", { data: { size: 3 } }))).toBe("unheard.of thing:1: size 3");
});
