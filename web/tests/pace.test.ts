// The pace in figures.
import { expect, test } from "vitest";
import { FIGURES, steps, stuckAt, turn, weeks } from "../src/screens/pace/figures";

const market = FIGURES.find((one) => one.name === "market")!;
const releases = FIGURES.find((one) => one.name === "releases")!;

test("a direction says by how much and whether it is for the better", () => {
  expect(turn(market, 50, 100)).toEqual({ sign: "▼", words: "50% less: better", tone: "ok" });
  expect(turn(market, 150, 100)).toEqual({ sign: "▲", words: "50% more: worse", tone: "warn" });
  expect(turn(releases, 3, 2)).toEqual({ sign: "▲", words: "50% more: better", tone: "ok" });
  expect(turn(releases, 2, 0)).toEqual({ sign: "▲", words: "2 more: better", tone: "ok" });
  expect(turn(releases, 2, 2)?.sign).toBe("=");
  expect(turn(market, 50, null)).toBeNull();
});

test("weeks begin on Mondays, and empty ones are there, too", () => {
  const at = (day: number, hour = 12) => new Date(2026, 10, day, hour).getTime() / 1000;
  const made = weeks(
    at(11),
    at(27),
    [{ live_at: at(16, 0) }, { live_at: at(26) }],
    [
      { at: at(26), kind: "alarm.opened" },
      { at: at(27), kind: "rollout.taken_back" },
    ],
  );
  expect(made.map((week) => new Date(week.from * 1000).getDay())).toEqual([1, 1, 1]);
  expect(made.map(({ releases, alarms, takenBack }) => [releases, alarms, takenBack])).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 1],
  ]);
});

test("an axis of counts begins at nothing and holds the most", () => {
  expect(steps(1)).toEqual([0, 1]);
  expect(steps(7)).toEqual([0, 2, 4, 6, 8]);
  expect(steps(23)).toEqual([0, 10, 20, 30]);
});

test("what a model is stuck at is said by its newest version", () => {
  const version = { model: "m", number: 1, created_at: 0, actor: "ada", artifact: { name: "r", digest: "d", size: 1 } };
  const gate = { gate: "recall", kind: "metric", state: "failed", sentence: "recall 0.7, at least 0.9 is asked for" };
  expect(stuckAt({ ...version, stage: "failed", gates: [gate] } as never)).toBe("gate recall: recall 0.7, at least 0.9 is asked for");
  expect(stuckAt({ ...version, stage: "waiting" } as never)).toBe("waits for a person's yes");
  expect(stuckAt({ ...version, stage: "approved" } as never)).toBe("no endpoint has it yet");
  expect(stuckAt(null)).toBe("it has no version");
});
