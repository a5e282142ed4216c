// What came of it: last values with how far they lie from the baseline, and the curves of one metric over each other.
import { useMemo } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { Curves } from "../../charts/curves";
import { arrowOf, directionOf, inWords, verdictOf } from "../../charts/direction";
import { type Axis, type Line, pointsOf } from "../../charts/lines";
import { Sign } from "../../charts/slots";
import { useZoom } from "../../charts/zoom";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { num } from "../../parts/words";
import { useParam } from "../../state/url";
import type { Run } from "./compare";
import { distance, type Row } from "./rows";

const BUCKETS = 800;
const AXES = [
  ["step", "step"],
  ["time", "time"],
  ["relative", "since it began"],
] as const;

export function Metrics({ runs, rows }: { runs: readonly Run[]; rows: readonly Row[] }) {
  const mine = rows.filter((row) => row.section === "metrics");
  if (!mine.length) return null;
  return (
    <Panel title="Metrics" note="last values; how far from the baseline; ↑ higher is better, ↓ lower is, as their names say">
      <section class="table-scroll" tabIndex={0} aria-label="metrics side by side">
        <table class="plain beside">
          <thead>
            <tr>
              <th scope="col">metric</th>
              {runs.map((run, slot) => (
                <th key={run.id} scope="col" class="n">
                  <Sign slot={slot} /> {run.id}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {mine.map((row) => (
              <tr key={row.name}>
                <th scope="row">
                  {row.name} <span title={inWords(directionOf(row.name))}>{arrowOf(directionOf(row.name))}</span>
                </th>
                {row.cells.map((cell, at) => (
                  <td key={at} class="n">
                    {cell === null ? <span class="soft">—</span> : num(Number(cell))}{" "}
                    {at > 0 && <Away metric={row.name} baseline={row.cells[0] ?? null} value={cell} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Overlaid runs={runs} names={mine.map((row) => row.name)} />
    </Panel>
  );
}

const TONES = { better: "ok", worse: "bad", equal: "soft", "": "soft" } as const;

function Away({ metric, baseline, value }: { metric: string; baseline: string | null; value: string | null }) {
  const away = distance(baseline, value);
  if (away === null) return null;
  if (away === 0) return <span class="soft">=</span>;
  const verdict = verdictOf(metric, Number(value), Number(baseline));
  return (
    <span class={TONES[verdict]}>
      {away > 0 ? "+" : "−"}
      {num(Math.abs(away))} {verdict}
    </span>
  );
}

/** Nothing is drawn that was not asked for: the curve of the metric that is chosen. */
function Overlaid({ runs, names }: { runs: readonly Run[]; names: readonly string[] }) {
  const [metric, setMetric] = useParam("metric");
  const several = names.filter((name) => runs.some((run) => (run.metrics ?? []).some((one) => one.name === name && one.points > 1)));
  if (!several.length) return null;
  return (
    <>
      <p class="row">
        <Choice
          label="curve of"
          value={metric}
          options={[["", "none"], ...several.map((name) => [name, name] as const)]}
          choose={(name) => setMetric(name)}
        />
      </p>
      {metric && <Curve runs={runs} metric={metric} />}
    </>
  );
}

function Curve({ runs, metric }: { runs: readonly Run[]; metric: string }) {
  const [axis, setAxis] = useParam("axis", "step");
  const { range, zoom, bounds } = useZoom(axis as Axis);
  const wanted = { runs: runs.map((run) => String(run.id)), names: [metric], buckets: BUCKETS, axis, ...bounds };
  const points = useAsk("tracking.points", wanted, { keep: true });
  const along = (to: string) => {
    zoom(null); // the range is one of the axis before
    setAxis(to);
  };
  const lines = useMemo(
    () =>
      (points.value ?? []).map(
        (curve): Line => ({
          ...pointsOf(curve),
          key: String(curve.run),
          name: `run ${curve.run}`,
          slot: runs.findIndex((run) => run.id === curve.run),
        }),
      ),
    [points.value, runs],
  );
  return (
    <Answered of={points}>
      {() => (
        <Curves
          title={metric}
          note={inWords(directionOf(metric))}
          lines={lines}
          axis={axis as Axis}
          range={range}
          onZoom={zoom}
          controls={<Choice label="x" value={axis} options={AXES} choose={along} />}
        />
      )}
    </Answered>
  );
}
