// Columns of runs by their keys: what a cell shows, how it is exported, and which of the values in sight is the best one.
import type { ComponentChildren } from "preact";
import { bestOf, type Direction, directionOf, inWords } from "../../charts/direction";
import { State, stateOf } from "../../parts/state";
import type { Column } from "../../parts/table";
import { Time } from "../../parts/time";
import { num, said, took } from "../../parts/words";
import { pathOf, toRun } from "../../state/paths";
import { read, titled } from "./keys";
import type { Run } from "./paging";

export const RUN: Column<Run> = {
  key: "run",
  title: "run",
  width: 176,
  cell: (run) => <a class="mono" href={toRun(run.id)}>{`${run.id} ${run.name}`}</a>,
  text: (run) => run.id,
  sort: "id",
};

/** The columns that were chosen, the best value of each metric among these rows marked. */
export function columnsOf(keys: readonly string[], rows: readonly Run[]): Column<Run>[] {
  return [RUN, ...keys.map((key) => columnOf(key, rows))];
}

function columnOf(key: string, rows: readonly Run[]): Column<Run> {
  const { area } = read(key);
  if (area === "metrics") return metric(key, rows);
  const made = { key, title: titled(key), sort: area === "inputs" ? undefined! : key, hint: key };
  if (area) {
    const numeric = area === "params" && rows.some((run) => typeof valueIn(run, key) === "number");
    return {
      ...made,
      numeric,
      width: area === "inputs" ? 150 : 110,
      cell: (run) => shown(run, key),
      text: (run) => told(valueIn(run, key)),
    };
  }
  return { ...made, ...OWN_WIDTH[key], cell: (run) => own(run, key), text: (run) => told(valueIn(run, key)) };
}

const OWN_WIDTH: Record<string, { width?: number; numeric?: boolean }> = {
  state: { width: 96 },
  duration: { width: 92, numeric: true },
  created: { width: 100 },
  started: { width: 100 },
  ended: { width: 100 },
  parent: { width: 80, numeric: true },
  engine: { width: 84 },
  kind: { width: 80 },
  note: { width: 220 },
};

function metric(key: string, rows: readonly Run[]): Column<Run> {
  const { name, part } = read(key);
  const direction = betterOf(key);
  const best = direction ? bestOfRows(rows, key, direction) : null;
  const unsaid = part === "" ? inWords(direction) : "";
  return {
    key,
    title: titled(key),
    sort: key,
    numeric: true,
    width: 118,
    hint: [key, unsaid].filter(Boolean).join(": "),
    cell: (run) => {
      const value = valueIn(run, key);
      if (value === undefined) return "";
      const words = typeof value === "number" ? num(value) : "NaN";
      return value === best && best !== null ? (
        <b class="best" title={`the best ${name} of the rows loaded`}>
          {words}
        </b>
      ) : (
        words
      );
    },
    text: (run) => told(valueIn(run, key)),
  };
}

/** Which way a metric's column is better: its extreme says it, or its name does. */
export function betterOf(key: string): Direction | null {
  const { name, part } = read(key);
  const named = directionOf(name);
  if (!part) return named;
  const extreme = ({ highest: "higher", lowest: "lower" } as Record<string, Direction>)[part];
  return extreme && (!named || named === extreme) ? extreme : null;
}

function bestOfRows(rows: readonly Run[], key: string, direction: Direction): number | null {
  const values = rows.map((run) => valueIn(run, key)).filter((value) => typeof value === "number" && Number.isFinite(value));
  return values.length > 1 ? bestOf(direction, values as number[]) : null;
}

/** A run's value under a key; undefined where it has none, null where it is not a number. */
export function valueIn(run: Run, key: string): unknown {
  const { area, name, part } = read(key);
  if (area === "metrics") {
    const found = metricsOf(run).get(name);
    return found && { "": found.last, lowest: found.lowest, highest: found.highest, step: found.last_step, points: found.points }[part];
  }
  if (area === "params") return run.parameters?.[name as never] ?? nested(run.parameters, name) ?? run.logged_parameters?.[name as never];
  if (area === "tags") return run.tags?.[name];
  if (area === "inputs")
    return run.inputs?.find((one) => one.name === name)?.source ?? run.described?.find((one) => one.name === name)?.name;
  if (key === "duration") return run.started_at && run.ended_at ? run.ended_at - run.started_at : undefined;
  if (key === "created") return run.queued_at;
  if (key === "started" || key === "ended") return run[`${key}_at`];
  if (key === "note") return noteOf(run);
  return run[key as "step"];
}

type Metric = NonNullable<Run["metrics"]>[number];
const indexed = new WeakMap<Run, Map<string, Metric>>();

/** By name: a run may have hundreds, and each cell asks for one. */
function metricsOf(run: Run): Map<string, Metric> {
  let made = indexed.get(run);
  if (!made) {
    made = new Map((run.metrics ?? []).map((one) => [one.name, one]));
    indexed.set(run, made);
  }
  return made;
}

function nested(parameters: unknown, name: string): unknown {
  let at = parameters;
  for (const part of name.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at;
}

/** The note that somebody wrote; without one, why it failed, waits or was not performed. */
function noteOf(run: Run): string | undefined {
  if (run.note) return run.note;
  if (run.error?.message) return run.error.error ? `${run.error.error}: ${run.error.message}` : run.error.message;
  if (run.waits_for) return `waits for ${run.waits_for}`;
  return run.reused_from ? `same inputs as ${run.reused_from}` : (run.reason ?? undefined);
}

function own(run: Run, key: string): ComponentChildren {
  if (key === "state") return <State is={stateOf(run)} />;
  if (key === "duration") return took(valueIn(run, key) as number | undefined);
  if (key === "created" || key === "started" || key === "ended") return <Time at={valueIn(run, key) as number | undefined} />;
  if (key === "parent") return run.parent ? <a href={toRun(run.parent)}>{run.parent}</a> : "";
  if (key === "note") return <Note run={run} />;
  return said(valueIn(run, key) ?? "");
}

function Note({ run }: { run: Run }) {
  const text = noteOf(run);
  return text ? (
    <span class={run.note ? "" : run.error ? "bad" : "soft"} title={text}>
      {text}
    </span>
  ) : null;
}

function shown(run: Run, key: string): ComponentChildren {
  const value = valueIn(run, key);
  if (value === undefined) return "";
  const { area } = read(key);
  if (area !== "inputs") return <span title={String(said(value))}>{said(value)}</span>;
  const source = String(value);
  const path = pathOf(source.replace("://", ":").replace(/\/[^/@]*$/, (end) => (source.startsWith("run://") ? "" : end)));
  const words = source.replace(/^\w+:\/\//, "").replace("@v", "@v");
  return path ? (
    <a class="mono" href={path} title={source}>
      {source.startsWith("run://") ? `run ${words}` : words}
    </a>
  ) : (
    <span class="mono">{source}</span>
  );
}

function told(value: unknown): string | number | null | undefined {
  return typeof value === "number" || value === null || value === undefined ? value : said(value);
}
