// What came of it: last values with how far they lie from the baseline, and the curves of one metric over each other.
import { useAsk } from "../../api/ask";
import { Curves } from "../../charts/curves";
import type { Axis, Line } from "../../charts/lines";
import { Sign } from "../../charts/slots";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { num } from "../../parts/words";
import { useParam } from "../../state/url";
import type { Run } from "./compare";
import { distance, goalOf, type Row } from "./rows";

const AXES = [
  ["step", "by step"],
  ["relative", "by time since the start"],
  ["time", "by time"],
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
                  {row.name} {{ 1: "↑", [-1]: "↓", 0: "" }[goalOf(row.name)]}
                </th>
                {row.cells.map((cell, at) => (
                  <td key={at} class="n">
                    {cell === null ? <span class="soft">—</span> : num(Number(cell))}{" "}
                    {at > 0 && <Away metric={row.name} away={distance(row.cells[0] ?? null, cell)} />}
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

function Away({ metric, away }: { metric: string; away: number | null }) {
  if (away === null) return null;
  if (away === 0) return <span class="soft">=</span>;
  const better = Math.sign(away) * goalOf(metric);
  const words = { 1: "better", [-1]: "worse", 0: "" }[better] ?? "";
  return (
    <span class={better > 0 ? "ok" : better < 0 ? "bad" : "soft"} title={words}>
      {away > 0 ? "+" : "−"}
      {num(Math.abs(away))} {words}
    </span>
  );
}

/** Nothing is drawn that was not asked for: the curve of the metric that is chosen. */
function Overlaid({ runs, names }: { runs: readonly Run[]; names: readonly string[] }) {
  const [metric, setMetric] = useParam("metric");
  const [axis, setAxis] = useParam("axis", "step");
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
        {metric && <Choice label="drawn" value={axis} options={AXES} choose={(name) => setAxis(name)} />}
      </p>
      {metric && <Curve runs={runs} metric={metric} axis={axis as Axis} />}
    </>
  );
}

function Curve({ runs, metric, axis }: { runs: readonly Run[]; metric: string; axis: Axis }) {
  const points = useAsk("tracking.points", { runs: runs.map((run) => String(run.id)), names: [metric], buckets: 800 }, { keep: true });
  return (
    <Answered of={points}>
      {(curves) => {
        const lines: Line[] = curves.map((curve) => ({
          ...curve,
          key: String(curve.run),
          name: `run ${curve.run}`,
          slot: runs.findIndex((run) => run.id === curve.run),
          steps: curve.steps ?? [],
          times: curve.times ?? [],
          values: curve.values ?? [],
          lowest: curve.lowest ?? [],
          highest: curve.highest ?? [],
          origin: curve.origin ?? undefined,
        }));
        return <Curves title={metric} lines={lines} axis={axis} />;
      }}
    </Answered>
  );
}
