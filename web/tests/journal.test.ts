import { expect, test } from "vitest";
import { renewed } from "../src/screens/journal/entries";
import { asked, filterOf, lineOf, momentOf, withFamilies } from "../src/screens/journal/filter";

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

test("a newest page that was asked again goes before what is held, without a gap", () => {
  const ids = (newest: number[], held: number[], ended = false, key = "run.*") =>
    renewed(
      { key, entries: held.map((id) => ({ id })), ended },
      "run.*",
      newest.map((id) => ({ id })),
      3,
    );
  expect(ids([9, 8, 7], [])).toEqual({ key: "run.*", entries: [{ id: 9 }, { id: 8 }, { id: 7 }], ended: false });
  expect(ids([11, 10, 9], [9, 8, 7, 5], true).entries.map((one) => one.id)).toEqual([11, 10, 9, 8, 7, 5]);
  expect(ids([11, 10, 9], [9, 8, 7, 5], true).ended).toBe(true);
  expect(ids([14, 13, 12], [9, 8, 7]).entries.map((one) => one.id)).toEqual([14, 13, 12]);
  expect(ids([2, 1], []).ended).toBe(true);
  expect(ids([11, 10, 9], [9, 8, 7], true, "alarm.*")).toEqual({
    key: "run.*",
    entries: [{ id: 11 }, { id: 10 }, { id: 9 }],
    ended: false,
  });
});

test("kinds are completed with their families", () => {
  expect(withFamilies(["run.done", "run.failed", "alarm.opened"])).toEqual(["alarm.*", "alarm.opened", "run.*", "run.done", "run.failed"]);
});
