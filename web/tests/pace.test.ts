import { expect, test } from "vitest";
import { bars, direction, type Released, weeks } from "../src/screens/pace/reckoning";

test("a number moves against the span before, for better or worse", () => {
  expect(direction(69, 100, true)).toEqual({ words: "▼ 31 %", better: true });
  expect(direction(3, 2, false)).toEqual({ words: "▲ 50 %", better: true });
  expect(direction(3, 2, true)!.better).toBe(false);
  expect(direction(2, 2, true)).toEqual({ words: "as before", better: null });
  expect(direction(1, 0, true)!.words).toBe("▲ from none");
  expect(direction(null, 2, true)).toBeNull();
});

test("the parts of a release stand behind each other", () => {
  const release = { total: 10, working: 4, approval: 0, rollout: 1, idle: 5 } as Released;
  expect(bars(release, 20).map((part) => [part.key, part.from, part.width])).toEqual([
    ["working", 0, 0.2],
    ["approval", 0.2, 0],
    ["rollout", 0.2, 0.05],
    ["idle", 0.25, 0.25],
  ]);
});

test("weeks end with the span, and count what fell into them", () => {
  const week = 7 * 86_400;
  const made = weeks(0, 4 * week, [10, 3.5 * week, 4 * week], [week + 1]);
  expect(made.map((one) => [one.releases, one.alarms])).toEqual([
    [1, 0],
    [0, 1],
    [0, 0],
    [2, 0],
  ]);
});
