// What matters for a metric: many runs of the query across their parameters, two columns against each other, and which parameters the
// metric depends on.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { scaleFor } from "../../charts/axis";
import { Frame } from "../../charts/frame";
import { FEWEST, type Judged } from "../../charts/importance";
import { type AxisData, type Brushes, Parallel, within } from "../../charts/parallel";
import { Scatter } from "../../charts/scatter";
import { Answered } from "../../parts/answer";
import { toCsv } from "../../parts/download";
import { Choice } from "../../parts/popup";
import { num } from "../../parts/words";
import { useList, useParam } from "../../state/url";
import { Chooser } from "./chooser";
import { both, read, titled, written } from "./keys";

type Names = Schema<"KnownNames">;
type Table = Schema<"RunTable">;
const MOST_RUNS = 2000;
const MOST_AXES = 5;
const MOST_ASKED = 60; // parameters that are asked for when nobody chose any

type Props = {
  query: string;
  children: boolean;
  metric: string;
  names: Names;
  ticked: ReadonlyMap<string, number>;
  tick: (run: number) => void;
  search: (query: string) => void;
};

export function Matters({ query, children, metric, names, ticked, tick, search }: Props) {
  const [way, setWay] = useParam("matters", "parallel");
  const target = written({ area: "metrics", name: metric, part: "" });
  const all = (names.parameters ?? []).slice(0, MOST_ASKED).map((name) => written({ area: "params", name, part: "" }));
  const [chosen, setAxes] = useList("axes");
  const columns = [...new Set([...(chosen.length && way !== "importance" ? chosen : all), target])];
  const table = useAsk("tracking.table", { columns, query, children, sort: "-id", limit: MOST_RUNS }, { keep: true });
  const axes = chosen.length ? chosen : [...(table.value ? telling(table.value, all) : []), target];
  const ways = (
    <>
      <Choice label="as" value={way} options={WAYS} choose={setWay} />
      {way !== "importance" && <Chooser chosen={axes} names={names} choose={setAxes} label="Axes" />}
    </>
  );
  return (
    <section class="panel">
      <Answered of={table}>
        {(told) =>
          way === "importance" ? (
            <Importance table={told} target={target} controls={ways} />
          ) : way === "scatter" ? (
            <Against table={told} keys={[...new Set([...axes, target])]} target={target} {...{ ticked, tick, controls: ways }} />
          ) : (
            <Coordinates table={told} keys={axes} order={setAxes} target={target} {...{ ticked, search, query, controls: ways }} />
          )
        }
      </Answered>
    </section>
  );
}

/** The parameters that differ between these runs; where none does, those that they have. */
export function telling(table: Table, keys: readonly string[]): string[] {
  const kinds = (key: string) => new Set((table.columns?.[key] ?? []).filter((value) => value !== null)).size;
  const differing = keys.filter((key) => kinds(key) > 1);
  return (differing.length ? differing : keys.filter((key) => kinds(key) > 0)).slice(0, MOST_AXES);
}

const WAYS = [
  ["parallel", "parallel coordinates"],
  ["scatter", "scatter"],
  ["importance", "importance"],
] as const;

type Drawn = { table: Table; target: string; ticked: ReadonlyMap<string, number>; controls: ComponentChildren };

function axesOf(table: Table, keys: readonly string[]): AxisData[] {
  return keys.filter((key) => table.columns?.[key]).map((key) => ({ key, title: titled(key), values: table.columns![key]! }));
}

function counted(table: Table, ticked: ReadonlyMap<string, number>): string {
  const runs = table.runs ?? [];
  const seen = runs.filter((run) => ticked.has(String(run))).length;
  return `${seen} ticked of ${table.more ? "the newest " : ""}${runs.length.toLocaleString("en-US")} runs`;
}

function csvOf(table: Table, axes: readonly AxisData[]): string {
  const columns = [
    { title: "run", text: (at: number) => table.runs![at]! },
    { title: "name", text: (at: number) => table.names![at]! },
    ...axes.map((axis) => ({ title: axis.key, text: (at: number) => axis.values[at] })),
  ];
  return toCsv(columns, Object.keys(table.runs ?? []).map(Number));
}

function Coordinates({
  table,
  keys,
  target,
  ticked,
  controls,
  order,
  search,
  query,
}: Drawn & { keys: string[]; order: (keys: string[]) => void; search: (query: string) => void; query: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [list, setList] = useList("brush");
  const axes = axesOf(table, keys);
  const brushes = brushesOf(list);
  const scales = axes.map((axis) => scaleFor(axis.values, num));
  const runs = table.runs ?? [];
  const kept = list.length ? runs.filter((_, at) => within(axes, scales, brushes, at)).length : runs.length;
  const conditions = axes.flatMap((axis, at) => {
    const range = brushes[axis.key];
    if (!range) return [];
    const [low, high] = range.map((place) => scales[at]!.value(place));
    if (low != null && high != null) return [`${axis.key} >= ${digits(low)}`, `${axis.key} <= ${digits(high)}`];
    const words = scales[at]!.ticks.filter((tick) => tick.at >= range[0] && tick.at <= range[1]).map(
      (tick) => `'${tick.label.replaceAll("'", "''")}'`,
    );
    return words.length ? [`${axis.key} in (${words.join(", ")})`] : [];
  });
  return (
    <Frame
      title={`What matters for ${read(target).name}`}
      note={`${counted(table, ticked)} · drag along an axis to filter`}
      controls={controls}
      canvas={() => canvas.current}
      csv={() => csvOf(table, axes)}
      table={() => <AsTable table={table} axes={axes} />}
    >
      <Parallel
        {...{ axes, runs, ticked, brushes, order, canvas }}
        brush={(now) => setList(Object.entries(now).map(([key, [a, b]]) => `${a.toFixed(3)} ${b.toFixed(3)} ${key}`))}
      />
      {list.length > 0 && (
        <p class="row">
          {kept.toLocaleString("en-US")} runs are within
          <button type="button" onClick={() => search(conditions.reduce(both, query))}>
            Add to the query
          </button>
          <button type="button" class="quiet" onClick={() => setList([])}>
            Lift the filter
          </button>
        </p>
      )}
    </Frame>
  );
}

function brushesOf(list: readonly string[]): Brushes {
  return Object.fromEntries(
    list.flatMap((text) => {
      const [, low, high, key] = /^([\d.]+) ([\d.]+) (.+)$/.exec(text) ?? [];
      return key ? [[key, [Number(low), Number(high)]] as const] : [];
    }),
  );
}

const digits = (value: number) => String(Number(value.toPrecision(5)));

function Against({ table, keys, target, ticked, controls, tick }: Drawn & { keys: string[]; tick: (run: number) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const axes = axesOf(table, keys);
  const [x, setX] = useParam("x", keys.find((key) => key !== target) ?? target);
  const [y, setY] = useParam("y", target);
  const [colour, setColour] = useParam("colour", "");
  const options = keys.map((key) => [key, titled(key)] as const);
  const [across, up] = [x, y].map((key) => axes.find((axis) => axis.key === key) ?? axes[0]);
  return (
    <Frame
      title={`${titled(y)} against ${titled(x)}`}
      note={counted(table, ticked)}
      controls={controls}
      canvas={() => canvas.current}
      csv={() => csvOf(table, axes)}
      table={() => <AsTable table={table} axes={axes} />}
    >
      <p class="row">
        <Choice label="across" value={x} options={options} choose={setX} />
        <Choice label="up" value={y} options={options} choose={setY} />
        <Choice label="colour" value={colour} options={[["", "none"], ...options]} choose={setColour} />
      </p>
      {across && up && (
        <Scatter
          x={across}
          y={up}
          colour={axes.find((axis) => axis.key === colour)}
          runs={table.runs ?? []}
          names={table.names ?? []}
          {...{ ticked, tick, canvas }}
        />
      )}
    </Frame>
  );
}

function AsTable({ table, axes }: { table: Table; axes: readonly AxisData[] }) {
  return (
    <section class="table-scroll as-table" tabIndex={0} aria-label="the runs as a table">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">run</th>
            {axes.map((axis) => (
              <th key={axis.key} scope="col">
                {axis.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(table.runs ?? []).slice(0, 300).map((run, at) => (
            <tr key={run}>
              <th scope="row">{`${run} ${table.names?.[at]}`}</th>
              {axes.map((axis) => (
                <td key={axis.key} class="n">
                  {typeof axis.values[at] === "number" ? num(axis.values[at]) : (axis.values[at] ?? "")}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Importance({ table, target, controls }: Omit<Drawn, "ticked">) {
  const judged = useJudged(table, target);
  const name = read(target).name;
  return (
    <Frame title={`Which parameters ${name} depends on`} controls={controls} csv={() => toCsv(COLUMNS, judged?.parameters ?? [])}>
      {judged === undefined && <p class="soft">reckoning…</p>}
      {judged === null && (
        <p class="soft">
          That takes at least {FEWEST} runs in which {name} differs: let the query find more.
        </p>
      )}
      {judged && (
        <>
          <table class="plain importance">
            <thead>
              <tr>
                <th scope="col">parameter</th>
                <th scope="col">share of what they explain</th>
                <th scope="col">direction</th>
              </tr>
            </thead>
            <tbody>
              {judged.parameters.slice(0, 12).map((one) => (
                <tr key={one.name}>
                  <th scope="row" class="mono">
                    {one.name}
                  </th>
                  <td>
                    <span class="bar" style={{ width: `${(one.share * 140).toFixed(0)}px` }} /> {Math.round(one.share * 100)} %
                  </td>
                  <td>{directionInWords(one.correlation)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="soft">{meaning(judged, name)}</p>
        </>
      )}
    </Frame>
  );
}

const COLUMNS = [
  { title: "parameter", text: (one: Judged["parameters"][number]) => one.name },
  { title: "share", text: (one: Judged["parameters"][number]) => one.share },
  { title: "rank correlation", text: (one: Judged["parameters"][number]) => one.correlation },
];

function directionInWords(correlation: number | null): string {
  if (correlation === null) return "words: no direction";
  const told = `${correlation > 0 ? "+" : ""}${correlation.toFixed(2)}`;
  return Math.abs(correlation) < 0.2 ? `neither (${told})` : `${correlation > 0 ? "↑ grows with it" : "↓ falls with it"} (${told})`;
}

function meaning(judged: Judged, name: string): string {
  const sure = Math.round(Math.max(0, judged.explained) * 100);
  const told = `Judged on ${judged.runs.toLocaleString("en-US")} runs: how much worse a forest of random trees foretells ${name} when a parameter's values are shuffled. `;
  if (sure < 10) return `${told}For runs that it has not seen it foretells next to nothing (${sure} %): do not believe the shares.`;
  return `${told}For runs that it has not seen it explains ${sure} % of the differences. Parameters that vary together share their importance; the number behind the direction is the rank correlation.`;
}

/** undefined while it is reckoned. */
function useJudged(table: Table, target: string): Judged | null | undefined {
  const [judged, setJudged] = useState<Judged | null>();
  useEffect(() => {
    const worker = new Worker(new URL("../../charts/importance_worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (message) => setJudged(message.data.judged);
    const parameters = Object.entries(table.columns ?? {}).flatMap(([key, values]) =>
      key === target ? [] : [{ name: titled(key), values }],
    );
    worker.postMessage({ parameters, metric: table.columns?.[target] ?? [] });
    return () => worker.terminate();
  }, [table, target]);
  return judged;
}
