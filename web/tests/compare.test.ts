import { expect, test } from "vitest";
import { filesOf, linesOf } from "../src/parts/diff";
import { datasets, distance, rowsOf, split } from "../src/screens/compare/rows";

const rate = (a: string, b: string) => ({ section: "parameters", name: "rate", a, b, equal: a === b });
const flights = (b: string) => ({ section: "inputs", name: "flights", a: "dataset://flights@v3", b, equal: b.endsWith("@v3") });

test("runs stand beside each other, the baseline first", () => {
  const rows = rowsOf([
    [rate("0.1", "0.1"), flights("dataset://flights@v18")],
    [rate("0.1", "0.2"), { section: "parameters", name: "only", a: null, b: "7", equal: false }],
  ]);
  expect(rows.map((row) => [row.name, row.cells, row.equal])).toEqual([
    ["rate", ["0.1", "0.1", "0.2"], false],
    ["flights", ["dataset://flights@v3", "dataset://flights@v18", "dataset://flights@v3"], false],
    ["only", [null, null, "7"], false],
  ]);
  const words = { section: "environment", name: "polars 1.30 -> 1.31", a: null, b: null, equal: false };
  expect(rowsOf([[], [words]])[0]?.cells).toEqual([null, null, "≠"]);
  expect(split(rows, "parameters").differing.map((row) => row.name)).toEqual(["rate", "only"]);
  expect(datasets(rows)).toEqual([{ name: "flights", a: "flights@v3", b: "flights@v18" }]);
});

test("a distance is told of numbers only", () => {
  expect(distance("0.5", "0.75")).toBe(0.25);
  expect([distance("a", "1"), distance(null, "1"), distance("", "1")]).toEqual([null, null, null]);
});

test("a unified difference is read line by line", () => {
  expect(linesOf("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n")).toEqual([
    { sign: "@", text: "@@ -1 +1 @@" },
    { sign: "-", text: "old" },
    { sign: "+", text: "new" },
    { sign: " ", text: "same" },
  ]);
});

test("a line is not taken for the name of a file because it looks like one", () => {
  expect(linesOf("--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1 @@\n--- a remark\n select 1\n").map((line) => line.text)).toEqual([
    "@@ -1,2 +1 @@",
    "-- a remark",
    "select 1",
  ]);
});

test("a patch of git is told file by file", () => {
  const patch = [
    "diff --git a/train.py b/train.py\nindex 1..2 100644\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-rate = 1\n+rate = 2\n",
    "diff --git a/new.py b/new.py\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+x = 1\n",
    "diff --git a/old.png b/old.png\ndeleted file mode 100644\nGIT binary patch\ndelta 4\n",
  ].join("");
  expect(filesOf(patch)).toEqual([
    { path: "train.py", state: "changed", diff: "@@ -1 +1 @@\n-rate = 1\n+rate = 2\n" },
    { path: "new.py", state: "added", diff: "@@ -0,0 +1 @@\n+x = 1\n" },
    { path: "old.png", state: "removed", diff: null },
  ]);
  expect(filesOf("")).toEqual([]);
});
