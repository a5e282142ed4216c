// What a column holds as a small picture: bars over the range of numbers, or a bar for each frequent word. Two columns share one scale;
// the one before is outlined, the one now is filled, so that neither needs its colour to be told from the other.
import type { Schema } from "../api/client";
import { num } from "../parts/words";
import "./histogram.css";

export type Held = Schema<"ColumnPreview">;
/** A bar between 0 and 1 in both directions; `words` say what it counts. */
export type Bar = { from: number; to: number; high: number; words: string };

/** Bars of the columns given, on one scale. Of bins of different widths the density is drawn, of words the share. */
export function bars(columns: readonly Held[]): Bar[][] {
  const raw = columns.some((column) => column.bins?.length) ? binned(columns) : worded(columns);
  const most = Math.max(...raw.flat().map((bar) => bar.high), 0);
  return raw.map((one) => one.map((bar) => ({ ...bar, high: most ? bar.high / most : 0 })));
}

function binned(columns: readonly Held[]): Bar[][] {
  const bins = columns.flatMap((column) => column.bins ?? []);
  const low = Math.min(...bins.map((bin) => bin.lowest));
  const width = Math.max(...bins.map((bin) => bin.highest)) - low || 1;
  return columns.map((column) => {
    const total = sum((column.bins ?? []).map((bin) => bin.rows)) || 1;
    return (column.bins ?? []).map(({ lowest, highest, rows }) => {
      const [from, to] = [(lowest - low) / width, (highest - low) / width];
      return {
        from,
        to,
        high: rows / total / (to - from || 1),
        words: `${num(lowest)} to ${num(highest)}: ${num(rows)} rows, ${share(rows / total)}`,
      };
    });
  });
}

function worded(columns: readonly Held[]): Bar[][] {
  const names = [...new Set(columns.flatMap((column) => (column.words ?? []).map((word) => word.value)))];
  return columns.map((column) => {
    const rows = new Map((column.words ?? []).map((word) => [word.value, word.rows]));
    const total = sum([...rows.values()]) || 1;
    return names.map((name, at) => {
      const here = rows.get(name) ?? 0;
      return { from: at / names.length, to: (at + 1) / names.length, high: here / total, words: `${name}: ${num(here)} rows` };
    });
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function share(part: number): string {
  return `${(part * 100).toFixed(1)}%`;
}

type Props = { now: Held; before?: Held; width?: number; height?: number };

export function Histogram({ now, before, width = 96, height = 26 }: Props) {
  const drawn = bars(before ? [now, before] : [now]);
  if (!drawn[0]?.length && !drawn[1]?.length) return null;
  return (
    <svg class="histogram" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <title>{`${now.name}: ${inWords(now)}`}</title>
      {drawn.map((side, at) =>
        side.map((bar) => (
          <rect
            key={`${at}${bar.from}`}
            class={at ? "before" : "now"}
            x={bar.from * width + 0.5}
            y={height - bar.high * (height - 2)}
            width={Math.max(1, (bar.to - bar.from) * width - 1)}
            height={bar.high * (height - 2)}
          >
            <title>{`${at ? "before, " : ""}${bar.words}`}</title>
          </rect>
        )),
      )}
    </svg>
  );
}

/** What a column holds in one line: its range and mean, or its most frequent words. */
export function inWords(column: Held): string {
  const told: string[] = [];
  if (column.lowest !== null && column.lowest !== undefined) told.push(`${num(column.lowest)} to ${num(column.highest)}`);
  if (column.mean !== null && column.mean !== undefined) told.push(`mean ${num(column.mean)}`);
  if (column.words?.length) {
    told.push(
      column.words
        .slice(0, 3)
        .map((word) => word.value)
        .join(", "),
    );
  }
  if (column.distinct) told.push(`${num(column.distinct)} different`);
  told.push(column.nulls ? `${num(column.nulls)} missing` : "none missing");
  return told.join(", ");
}
