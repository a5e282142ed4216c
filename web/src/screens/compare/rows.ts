// What several runs have beside each other: one row for each parameter, input, metric ..., one cell for each run. Pure.
import type { Schema } from "../../api/client";

type Difference = Schema<"Difference">;

export type Row = { section: string; name: string; cells: (string | null)[]; equal: boolean };

/** The sections, those that explain first and those that tell what came of it afterwards. */
export const SECTIONS = ["parameters", "inputs", "code", "environment", "metrics", "outputs", "state", "steps"] as const;

/** Rows out of the differences between the baseline and each other run, in order of the runs. What one pair does not name is equal there. */
export function rowsOf(pairs: readonly (readonly Difference[])[]): Row[] {
  const rows = new Map<string, Row>();
  pairs.forEach((differences, at) => {
    for (const one of differences) {
      const key = `${one.section} ${one.name}`;
      const row = rows.get(key) ?? {
        section: one.section,
        name: one.name,
        cells: [one.a ?? null, ...pairs.map(() => one.a ?? null)],
        equal: true,
      };
      row.cells[at + 1] = one.b ?? (said(one) ? "≠" : null);
      row.equal &&= one.equal;
      rows.set(key, row);
    }
  });
  return [...rows.values()];
}

/** A difference that its name says, `polars 1.30 -> 1.31`: neither side has a value. */
const said = ({ a, b, equal }: Difference) => !equal && (a ?? b ?? null) === null;

/** Rows of one section: those that differ, and those that are equal. */
export function split(rows: readonly Row[], section: string): { differing: Row[]; equal: Row[] } {
  const mine = rows.filter((row) => row.section === section);
  return { differing: mine.filter((row) => !row.equal), equal: mine.filter((row) => row.equal) };
}

/** How far a number lies from the baseline's, or null where one of them is none. */
export function distance(baseline: string | null, other: string | null): number | null {
  if (baseline === null || other === null) return null;
  const [a, b] = [Number(baseline), Number(other)];
  return Number.isFinite(a) && Number.isFinite(b) && baseline.trim() && other.trim() ? b - a : null;
}

/** Datasets of which two runs took in different versions: `flights@v3` beside `flights@v18`. */
export function datasets(rows: readonly Row[]): { name: string; a: string; b: string }[] {
  const found = new Map<string, { name: string; a: string; b: string }>();
  for (const row of rows) {
    if (row.section !== "inputs") continue;
    const [first, ...others] = row.cells.map(datasetOf);
    for (const other of others) {
      if (first && other && first.name === other.name && first.ref !== other.ref)
        found.set(`${first.ref} ${other.ref}`, { name: first.name, a: first.ref, b: other.ref });
    }
  }
  return [...found.values()];
}

function datasetOf(cell: string | null): { name: string; ref: string } | null {
  const found = cell ? /dataset:\/\/([\w.-]+)@(v\d+)/.exec(cell) : null;
  return found ? { name: found[1]!, ref: `${found[1]}@${found[2]}` } : null;
}
