import { expect, test } from "vitest";
import { asked, filterOf, joined, lineOf, momentOf, withFamilies } from "../src/screens/journal/filter";

test("the filter in the address becomes the server's question", () => {
  const filter = filterOf({ kind: "run.*", actor: "ada", since: "2026-11-27", tab: "x" });
  expect(asked(filter, 17, 200)).toEqual({
    newest: true,
    limit: 200,
    before: 17,
    kind: "run.*",
    actor: "ada",
    since: momentOf("2026-11-27"),
  });
  expect(lineOf(filter)).toBe("treadle journal --kind 'run.*' --actor 'ada'");
});

test("moments are those of the viewer's zone", () => {
  expect(momentOf("2026-11-27T09:15")).toBe(new Date(2026, 10, 27, 9, 15).getTime() / 1000);
  expect(momentOf("2026-11-27")).toBe(new Date(2026, 10, 27).getTime() / 1000);
  expect(momentOf("yesterday")).toBeNull();
});

test("pages share no entry", () => {
  expect(
    joined([
      [{ id: 5 }, { id: 4 }],
      [{ id: 4 }, { id: 3 }],
    ]).map((one) => one.id),
  ).toEqual([5, 4, 3]);
});

test("kinds are completed with their families", () => {
  expect(withFamilies(["run.done", "run.failed", "alarm.opened"])).toEqual(["alarm.*", "alarm.opened", "run.*", "run.done", "run.failed"]);
});
