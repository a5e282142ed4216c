// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { curve } from "../src/charts/layout";
import { type Piece, pieces } from "../src/parts/mentions";
import { cause, type Line } from "../src/parts/story";

const subjects = (made: Piece[]) => made.flatMap((piece) => (typeof piece === "string" ? [] : [piece.subject]));

test("what a sentence speaks of becomes a link, and nothing of the sentence is lost", () => {
  const text = "flight-delay@v4 was registered from run 18";
  const made = pieces(text);
  expect(subjects(made)).toEqual(["model:flight-delay@v4", "run:18"]);
  expect(made.map((piece) => (typeof piece === "string" ? piece : piece.words)).join("")).toBe(text);
  expect(subjects(pieces("trigger retrain fired (firing 2) because of alarm 6"))).toEqual(["firing:2", "alarm:6"]);
});

test("versions are those of the kind that is spoken of, unless the sentence says which", () => {
  expect(subjects(pieces("data: flights@v23, weather@v23", "dataset"))).toEqual(["dataset:flights@v23", "dataset:weather@v23"]);
  expect(subjects(pieces("compared with model://churn@v2", "dataset"))).toEqual(["model:churn@v2"]);
  expect(subjects(pieces("runs of 3 people took 18 s; mail a@b.c"))).toEqual([]);
});

test("a cause is the line above, one further up, or none that is told", () => {
  const line = (entry: number, because?: number): Line => ({ entry, at: entry, actor: "a", kind: "k", subject: "run:1", sentence: "s", ...(because ? { cause: because } : {}) }); // biome-ignore format: one line reads better
  const lines = [line(1), line(2, 1), line(3, 1), line(4, 99)];
  expect(lines.map((_, at) => cause(lines, at))).toEqual([null, "above", lines[0], null]);
});

test("a curve begins and ends at its ends", () => {
  expect(curve([])).toBe("");
  expect(
    curve([
      [0, 0],
      [10, 5],
      [20, 5],
    ]),
  ).toBe("M0,0Q10,5 15,5L20,5");
});
