// What monitors saw, read from the reports of their windows: the strip of features by windows, performance, alarms and releases.
import type { Answer, Schema } from "../../api/client";
import { num } from "../../parts/words";

export type Window = Answer<"monitoring.windows">[number];
export type Alarm = Schema<"Alarm">;
export type Monitor = Answer<"monitoring.monitor">;
export type MonitorSettings = Schema<"MonitorSettings">;

/** One column of a window as the report keeps it. `effect` is what is compared with the threshold `material`. */
export type ColumnLine = {
  name: string;
  check: string;
  slice?: string;
  kind: string;
  verdict: string;
  sentence: string;
  statistic: string;
  value: number | null;
  effect: number | null;
  q: number | null;
  psi: number | null;
  missing: [number | null, number | null];
  outside: number | null;
  unseen: number | null;
  reference: string;
  now: string;
  shape?: { reference?: (number | null)[]; now?: (number | null)[]; names?: string[] };
};

export type Check = { kind: string; verdict: string; sentence: string; columns?: string[]; numbers?: Numbers };
type Numbers = {
  metric?: string;
  metrics?: Record<string, [number | null, number | null, number | null]>;
  bound?: number;
  reference?: number;
};

type Report = {
  checks?: Record<string, Check>;
  columns?: ColumnLine[];
  reference?: string;
  ref?: string;
  versions?: Record<string, number>;
  shadows?: Record<string, { rows: number; predictions: { sentence: string } }>;
};

export const reportOf = (window: Window): Report => (window.report ?? {}) as Report;
export const checkOf = (window: Window, key: string): Check | undefined => reportOf(window).checks?.[key];

/** The columns of a window for one check, of the whole window or of one slice. */
export function linesOf(window: Window, slice = ""): ColumnLine[] {
  return (reportOf(window).columns ?? []).filter((line) => (line.slice ?? "") === slice);
}

export type Cell = { score: number; verdict: string; line: ColumnLine } | null;
export type HeatRow = { key: string; name: string; check: string; worst: number; cells: Cell[] };

/** Features by windows (oldest first), the worst first: those that passed the threshold in the newest windows, and by how much.
 * A cell's score is its effect relative to the threshold `material`: 1 and more counts as drift where it is significant, too. */
export function heatOf(windows: readonly Window[], material: number, slice = ""): HeatRow[] {
  const rows = new Map<string, HeatRow>();
  for (const [at, window] of windows.entries()) {
    for (const line of linesOf(window, slice)) {
      const key = `${line.check} ${line.name}`;
      const row = rows.get(key) ?? { key, name: line.name, check: line.check, worst: 0, cells: windows.map((): Cell => null) };
      row.cells[at] = { score: (line.effect ?? 0) / (material || 1), verdict: line.verdict, line };
      rows.set(key, row);
    }
  }
  for (const row of rows.values()) row.worst = weight(row.cells);
  return [...rows.values()].sort((a, b) => b.worst - a.worst || a.name.localeCompare(b.name));
}

/** How bad a row is: its scores with newer windows counting more, each half as much as the fourth one after it. */
function weight(cells: readonly Cell[]): number {
  let sum = 0;
  let all = 0;
  for (const [at, cell] of cells.entries()) {
    const share = 2 ** ((at - cells.length + 1) / 4);
    all += share;
    sum += share * (cell?.score ?? 0);
  }
  return all ? sum / all : 0;
}

/** Verdicts of whole windows by check, in the order of the settings. */
export function verdictRows(windows: readonly Window[]): { check: string; verdicts: (string | undefined)[] }[] {
  const checks = new Set(windows.flatMap((window) => Object.keys(window.verdicts ?? {}).filter((key) => !key.includes("@"))));
  return [...checks].map((check) => ({ check, verdicts: windows.map((window) => window.verdicts?.[check]) }));
}

/** Slices of which any window tells. */
export function slicesOf(windows: readonly Window[]): string[] {
  const found = new Set(windows.flatMap((window) => Object.keys(window.verdicts ?? {}).flatMap((key) => key.split("@").slice(1))));
  return [...found].sort();
}

export type Release = { at: number; version: number; former: number };

/** Places of windows in which another version answered most than in the one before: releases, as the predictions tell them. */
export function releasesOf(windows: readonly Window[]): Release[] {
  const made: Release[] = [];
  let last: number | undefined;
  for (const [at, window] of windows.entries()) {
    const version = window.version ?? undefined;
    if (version === undefined) continue;
    if (last !== undefined && version !== last) made.push({ at, version, former: last });
    last = version;
  }
  return made;
}

export type Measured = {
  at: number;
  value: number | null;
  low: number | null;
  high: number | null;
  bound: number | null;
  /** Judged with labels, or estimated while they are missing. */
  estimated: boolean;
  verdict: string;
  sentence: string;
};

/** The monitor's metric over windows: measured where labels are there, estimated where they are not yet. */
export function performanceOf(windows: readonly Window[], slice = ""): { metric: string; points: Measured[] } {
  let metric = "";
  const points: Measured[] = [];
  const suffix = slice ? `@${slice}` : "";
  for (const [at, window] of windows.entries()) {
    const measured = checkOf(window, `performance${suffix}`);
    const estimated = checkOf(window, `estimate${suffix}`);
    for (const [check, isEstimate] of [
      [measured, false],
      [estimated, true],
    ] as const) {
      const name = check?.numbers?.metric ?? "";
      const found = check?.numbers?.metrics?.[name];
      if (!check || !found || (isEstimate && points.at(-1)?.at === at)) continue;
      metric ||= name;
      const [value, low, high] = found;
      points.push({
        at,
        value,
        low,
        high,
        bound: check.numbers?.bound ?? null,
        estimated: isEstimate,
        verdict: check.verdict,
        sentence: check.sentence,
      });
    }
  }
  return { metric, points };
}

export type Span = { alarm: Alarm; from: number; to: number; open: boolean; column: number };

/** Alarms as bars over the windows that are shown: from the window that opened it to the last one that was looked at before it closed.
 * `column` keeps bars of the same time apart. */
export function spansOf(alarms: readonly Alarm[], windows: readonly Window[]): Span[] {
  if (!windows.length) return [];
  const first = windows[0]!.number;
  const made: Span[] = [];
  const until: number[] = [];
  for (const alarm of [...alarms].sort((a, b) => a.window - b.window || a.id - b.id)) {
    const from = Math.max(0, alarm.window - first);
    const open = alarm.state === "open";
    const to = open ? windows.length - 1 : closingPlace(alarm, windows, from);
    if (from >= windows.length || (!open && to < 0)) continue;
    let column = until.findIndex((end) => end < from);
    if (column < 0) column = until.length;
    until[column] = Math.max(from, to);
    made.push({ alarm, from, to: Math.max(from, to), open, column });
  }
  return made;
}

function closingPlace(alarm: Alarm, windows: readonly Window[], from: number): number {
  if (alarm.closed_at == null) return from;
  let place = from;
  for (const [at, window] of windows.entries()) if (at >= from && window.looked_at <= alarm.closed_at) place = at;
  return place;
}

/** A cell in words. */
export function cellWords(name: string, window: Window, cell: Cell, material: number): string {
  const where = `${name}, window ${window.number} (${day(window.start)} to ${day(window.end)})`;
  if (!cell) return `${where}: not looked at`;
  const { line } = cell;
  const against = `${line.statistic} ${num(line.effect ?? line.value)} of ${num(material)}`;
  return `${where}: ${verdictWord(line.verdict)}, ${against}; ${line.reference} → ${line.now}`;
}

export const day = (at: number) => new Date(at * 1000).toISOString().slice(0, 10);

export function verdictWord(verdict: string): string {
  if (verdict === "material") return "drifted";
  return verdict === "recorded" ? "changed a little" : "as before";
}

/** How many bad windows of the last ones: for the list. */
export function lastVerdict(window: Window): string {
  const verdicts = Object.entries(window.verdicts ?? {}).filter(([key]) => !key.includes("@"));
  const found = verdicts.map(([, verdict]) => verdict);
  return found.includes("bad") ? "bad" : found.includes("waiting") ? "waiting" : found.includes("good") ? "good" : (found[0] ?? "small");
}
