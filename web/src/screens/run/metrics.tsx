// What a run measured: a table first; curves only of what is ticked. While it runs, both follow.
import { useMemo } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { useTurns } from "../../api/turns";
import { Curves } from "../../charts/curves";
import { type Axis, type Line, pointsOf } from "../../charts/lines";
import { Sign } from "../../charts/slots";
import { useZoom } from "../../charts/zoom";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { type Column, Table } from "../../parts/table";
import { count, num } from "../../parts/words";
import { useList, useParam } from "../../state/url";
import type { Run } from "./index";

type Metric = Schema<"Metric">;
const MOST = 12; // curves in one picture

const COLUMNS: readonly Column<Metric>[] = [
  { key: "name", title: "metric", cell: (one) => <span class="mono">{one.name}</span>, text: (one) => one.name },
  { key: "last", title: "last", numeric: true, width: 130, cell: (one) => num(one.last), text: (one) => one.last },
  { key: "lowest", title: "lowest", numeric: true, width: 130, cell: (one) => num(one.lowest), text: (one) => one.lowest },
  { key: "highest", title: "highest", numeric: true, width: 130, cell: (one) => num(one.highest), text: (one) => one.highest },
  { key: "step", title: "last step", numeric: true, width: 110, cell: (one) => num(one.last_step), text: (one) => one.last_step },
  { key: "points", title: "points", numeric: true, width: 100, cell: (one) => num(one.points), text: (one) => one.points },
];

/** `system`: what the machine and the run's processes used, as metrics named `system/...`; otherwise all others. */
export function Metrics({ run, system }: { run: Run; system: boolean }) {
  const live = run.state === "running";
  const param = system ? "use" : "curves";
  const [chosen, choose] = useList(param);
  const latest = useAsk("runs.list", live ? { query: `id = ${run.id}`, children: true, limit: 1 } : null);
  useTurns(live, latest.again);
  const all = latest.value?.runs[0]?.metrics ?? run.metrics ?? [];
  const metrics = all.filter((one) => one.name.startsWith("system/") === system);
  const slots = new Map(chosen.map((name, at) => [name, at]));
  if (!metrics.length) return null;
  const tick = (name: string) => choose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].slice(-MOST));
  return (
    <Panel
      title={system ? "Resource use over time" : "Metrics"}
      note={`${count(metrics.length, "metric")}${chosen.length ? "" : "; tick some to see their curves"}`}
    >
      {chosen.length > 0 && <Drawn run={run} names={chosen} live={live} title={system ? "resource use" : "metrics"} param={param} />}
      <Table
        label={system ? "resource use" : "metrics"}
        rows={metrics}
        columns={COLUMNS}
        keyOf={(one) => one.name}
        ticked={new Set(chosen)}
        onTick={(one) => tick(one.name)}
        sign={(one) => <Sign slot={slots.get(one.name) ?? 0} />}
        file={`run-${run.id}-${param}`}
        {...(metrics.length > 12 ? { height: "380px" } : {})}
      />
    </Panel>
  );
}

const SMOOTHING = [
  ["0", "none"],
  ["0.6", "0.6"],
  ["0.9", "0.9"],
] as const;
const AXES = [
  ["step", "step"],
  ["time", "time"],
  ["relative", "since it began"],
] as const;

type DrawnProps = { run: Run; names: readonly string[]; live: boolean; title: string; param: string };

function Drawn({ run, names, live, title, param }: DrawnProps) {
  const [axis, setAxis] = useParam("x", "step");
  const [smoothing, setSmoothing] = useParam("smooth", "0");
  const { range, zoom, bounds } = useZoom(axis as Axis, `${param}-zoom`);
  const wanted = { runs: [String(run.id)], names: [...names], buckets: 800, axis, ...bounds };
  const asked = useAsk("tracking.points", wanted, { keep: true });
  const along = (to: string) => {
    zoom(null); // the range is one of the axis before
    setAxis(to);
  };
  useTurns(live, asked.again);
  const lines = useMemo(
    () =>
      (asked.value ?? [])
        .filter((curve) => names.includes(curve.name))
        .map(
          (curve): Line => ({
            ...pointsOf(curve),
            key: curve.name,
            name: curve.name,
            slot: names.indexOf(curve.name),
          }),
        ),
    [asked.value, names.join("\n")],
  );
  return (
    <Answered of={asked}>
      {() => (
        <Curves
          title={title}
          note={live ? "live" : undefined}
          lines={lines}
          axis={axis as Axis}
          smoothing={Number(smoothing) || 0}
          range={range}
          onZoom={zoom}
          controls={
            <>
              <Choice label="x" value={axis} options={AXES} choose={along} />
              <Choice label="smoothing" value={smoothing} options={SMOOTHING} choose={setSmoothing} />
            </>
          }
        />
      )}
    </Answered>
  );
}
