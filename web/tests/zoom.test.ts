// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { boundsOf, rangeOf, written } from "../src/charts/zoom";

test("a range of the axis is read as it was written", () => {
  expect(rangeOf(written([0.5, 12]))).toEqual([0.5, 12]);
  expect(rangeOf(written([-3, 2]))).toEqual([-3, 2]);
  expect([rangeOf(""), rangeOf("9..2"), rangeOf("a..b"), rangeOf("3")]).toEqual([null, null, null, null]);
  expect(written(null)).toBe("");
});

test("the server is asked for whole steps, or for times as they are", () => {
  expect(boundsOf("step", [0.5, 11.2])).toEqual({ start: 0, end: 12 });
  expect(boundsOf("relative", [0.5, 11.2])).toEqual({ since: 0.5, until: 11.2 });
  expect(boundsOf("step", null)).toEqual({});
});
