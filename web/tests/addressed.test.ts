// Names after an @ while they are being written.
import { expect, test } from "vitest";
import { begunAt, completed } from "../src/parts/addressed";

test("a name begins behind an @ at the start of a word", () => {
  expect(begunAt("ask @ad", 7)).toEqual({ at: 4, letters: "ad" });
  expect(begunAt("@", 1)).toEqual({ at: 0, letters: "" });
  expect(begunAt("(@grace.h", 9)).toEqual({ at: 1, letters: "grace.h" });
  expect(begunAt("ask @ada now", 12)).toBeNull();
});

test("a mail address, a second @ and code call nobody", () => {
  expect(begunAt("ada@ho", 6)).toBeNull();
  expect(begunAt("@@ada", 5)).toBeNull();
  expect(begunAt("see `@st", 8)).toBeNull();
  expect(begunAt("see `x` @st", 11)).toEqual({ at: 8, letters: "st" });
  expect(begunAt("```\n@step", 9)).toBeNull();
  expect(begunAt("```\n@step\n```\n@ad", 17)).toEqual({ at: 14, letters: "ad" });
});

test("a chosen name is written out, with a gap before what follows", () => {
  const text = "ask @ad";
  expect(completed(text, begunAt(text, 7)!, "ada")).toEqual({ text: "ask @ada ", caret: 9 });
  const middle = "ask @ad, please";
  expect(completed(middle, begunAt(middle, 7)!, "ada")).toEqual({ text: "ask @ada, please", caret: 8 });
});
