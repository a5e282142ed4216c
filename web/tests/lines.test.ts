import { expect, test } from "vitest";
import { aired, drawn, extentOf, type Line, nearest, placesOf, smoothed } from "../src/charts/lines";

const line = (values: (number | null)[], more: Partial<Line> = {}): Line => ({
  key: "a",
  name: "a",
  slot: 0,
  steps: values.map((_, at) => at * 10),
  times: values.map((_, at) => 1000 + at),
  values,
  lowest: values,
  highest: values,
  exact: true,
  ...more,
});

test("smoothing is not pulled towards zero at the beginning, and a constant stays what it is", () => {
  expect(smoothed([5, 5, 5], 0.9)).toEqual([expect.closeTo(5), expect.closeTo(5), expect.closeTo(5)]);
  expect(smoothed([1, 3], 0.5)).toEqual([1, expect.closeTo(7 / 3)]);
});

test("what is not a number stays a gap and does not count", () => {
  expect(smoothed([2, null, 2, Infinity], 0.6)).toEqual([2, null, expect.closeTo(2), null]);
});

test("without smoothing only the raw line is drawn", () => {
  expect(drawn(line([1, 2]), "step", 0).smooth).toBeNull();
  expect(drawn(line([1, 2]), "step", 0.5).smooth).toHaveLength(2);
});

test("relative places count from where the run began, or from its first point", () => {
  expect(placesOf(line([1, 2], { origin: 990 }), "relative")).toEqual([10, 11]);
  expect(placesOf(line([1, 2]), "relative")).toEqual([0, 1]);
  expect(placesOf(line([1, 2]), "time")).toEqual([1000, 1001]);
});

test("a logarithmic axis takes positive values only", () => {
  expect(extentOf([[-1, 0, 3, null], [7]], true)).toEqual([3, 7]);
  expect(extentOf([[-1, 0, 3, null], [7]])).toEqual([-1, 7]);
  expect(extentOf([[null], []])).toBeNull();
});

test("one value alone gets an axis around it", () => {
  const [low, high] = aired([3, 3]);
  expect(low).toBeLessThan(3);
  expect(high).toBeGreaterThan(3);
  expect(aired([0, 0])).toEqual([-1, 1]);
  expect(aired([10, 10], true)).toEqual([5, 20]);
});

test("the nearest place is found in an ascending list", () => {
  expect([-5, 4, 6, 14, 16, 99].map((x) => nearest([0, 10, 20], x))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(nearest([], 1)).toBe(-1);
});
