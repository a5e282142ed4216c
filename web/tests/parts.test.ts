// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { isOf } from "../src/api/ask";
import { toCsv } from "../src/parts/download";
import { written } from "../src/parts/plain";
import { ago, num, size, took, utc } from "../src/parts/words";
import { permits } from "../src/state/me";
import { pathOf } from "../src/state/paths";
import { changed, join, split } from "../src/state/url";

test("numbers keep the digits that tell", () => {
  expect(num(0.47041234)).toBe("0.4704");
  expect(num(12379)).toBe("12,379");
  expect(num(0.0000312)).toBe("3.12e-5");
  expect(num(null)).toBe("NaN");
  expect(num(1234.567)).toBe("1,234.6");
});

test("durations, sizes and moments in words", () => {
  expect([took(0.0421), took(5.52), took(75), took(7320), took(200_000), took(null)]).toEqual([
    "42 ms",
    "5.5 s",
    "1 min 15 s",
    "2 h 02 min",
    "2.3 d",
    "—",
  ]);
  expect([size(21), size(1536), size(5_000_000_000)]).toEqual(["21 B", "1.5 kB", "5.0 GB"]);
  expect([ago(100, 102), ago(0, 7200), ago(200, 100)]).toEqual(["just now", "2 h ago", "in 2 min"]);
  expect(utc(0)).toBe("1970-01-01 00:00:00 UTC");
});

test("lists in an address survive commas and backslashes", () => {
  for (const words of [[], ["a"], ["a,b", "c\\"], ["", "x"]]) expect(split(join(words))).toEqual(words);
  expect(changed("/p/x/runs", "?q=a&sort=-id", { sort: null, tab: "raw" })).toBe("/p/x/runs?q=a&tab=raw");
});

test("exported cells are quoted, and none is a formula", () => {
  const columns = [
    { title: "name", text: (row: { a: string | null; n: number }) => row.a },
    { title: "n", text: (row: { a: string | null; n: number }) => row.n },
    { title: "drawn only" },
  ];
  const rows = [
    { a: 'say "no", twice', n: -1.5 },
    { a: "=1+1", n: 2 },
    { a: null, n: 3 },
  ];
  expect(toCsv(columns, rows)).toBe('name,n\r\n"say ""no"", twice",-1.5\r\n\'=1+1,2\r\n,3\r\n');
});

test("every subject leads to one address", () => {
  expect(pathOf("run:17")).toBe("/p/default/runs/17");
  expect(pathOf("model://flight-delay@v3")).toBe("/p/default/models/flight-delay?v=3");
  expect(pathOf("dataset:flights@latest")).toBe("/p/default/data/flights?v=latest");
  expect(pathOf("entry:5")).toBe("/journal?entry=5");
  expect(pathOf("token:x")).toBeNull();
});

test("permissions with a star stand for any", () => {
  expect(permits(["run:*"], "run:stop")).toBe(true);
  expect(permits(["*:read"], "run:stop")).toBe(false);
  expect(isOf("run.done", ["run."])).toBe(true);
  expect(isOf("rollout.done", ["run.", "alarm.opened"])).toBe(false);
});

test("a table that is drawn whole is told cell by cell", () => {
  document.body.innerHTML = `<table><thead><tr><th>what</th><th colspan="2">when</th></tr></thead><tbody>
    <tr><td> made <b>of</b>
      it</td><td><time datetime="2026-11-27T09:15:00Z">3 h ago</time></td><td></td></tr></tbody></table>`;
  expect(written(document.querySelector("table")!)).toEqual([
    ["what", "when", ""],
    ["made of it", "2026-11-27T09:15:00Z", ""],
  ]);
});
