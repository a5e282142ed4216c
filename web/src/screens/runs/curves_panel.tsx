// Curves of one metric for what is ticked: runs, or groups as mean and band. Zooming asks the server for the points of that range.
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { useTurns } from "../../api/turns";
import { Curves } from "../../charts/curves";
import { directionOf, inWords } from "../../charts/direction";
import { type Axis, type Line, pointsOf } from "../../charts/lines";
import { useZoom } from "../../charts/zoom";
import { Answered } from "../../parts/answer";
import { Choice } from "../../parts/popup";
import { useParam } from "../../state/url";
import { meanOf } from "./mean";

type Curve = Answer<"tracking.points">[number];
/** What one line stands for: a run, or the runs of a group. */
export type Drawn = { key: string; name: string; slot: number; runs: readonly number[] };

const BUCKETS = 600;
const LIVE = 3000; // milliseconds between looks at curves that still grow

export function CurvesPanel({
  drawn,
  metric,
  metrics,
  choose,
  live,
}: {
  drawn: readonly Drawn[];
  metric: string;
  metrics: readonly string[];
  choose: (name: string) => void;
  live: boolean;
}) {
  const [axis, setAxis] = useParam("along", "step");
  const [smoothing, setSmoothing] = useParam("smooth", "0");
  const [log, setLog] = useParam("log");
  const { range, zoom, bounds } = useZoom(axis as Axis);
  const runs = [...new Set(drawn.flatMap((one) => one.runs))].map(String);
  const points = useAsk("tracking.points", runs.length && metric ? { runs, names: [metric], buckets: BUCKETS, axis, ...bounds } : null, {
    keep: true,
  });
  useTurns(live, points.again, LIVE);
  const along = (to: string) => {
    zoom(null);
    setAxis(to);
  };
  const weight = Math.min(0.99, Math.max(0, Number(smoothing) || 0));
  return (
    <section class="panel">
      <div class="row chart-choices">
        <MetricChoice {...{ metric, metrics, choose }} />
        <Choice label="x" value={axis} options={ALONG} choose={along} />
        <label class="choice">
          <span class="soft">smoothing</span>
          <input type="range" min="0" max="0.99" step="0.01" value={weight} onChange={(event) => setSmoothing(event.currentTarget.value)} />
          <span class="mono">{weight.toFixed(2)}</span>
        </label>
        <label class="choice">
          <input type="checkbox" checked={log === "y"} onChange={() => setLog(log === "y" ? "" : "y")} /> log
        </label>
      </div>
      <Answered of={points}>
        {(curves) =>
          curves.length === 0 ? (
            <p class="soft">None of what is ticked has logged {metric} here: choose another metric.</p>
          ) : (
            <Curves
              title={metric}
              note={noteOf(metric, weight)}
              lines={linesOf(drawn, curves)}
              axis={axis as Axis}
              log={log === "y"}
              smoothing={weight}
              height={210}
              range={range}
              onZoom={zoom}
            />
          )
        }
      </Answered>
    </section>
  );
}

const ALONG = [
  ["step", "step"],
  ["time", "wall time"],
  ["relative", "time since the run began"],
] as const;

export function MetricChoice({ metric, metrics, choose }: { metric: string; metrics: readonly string[]; choose: (name: string) => void }) {
  return (
    <label class="choice">
      <span class="soft">metric</span>
      <input
        class="mono"
        list="metric-names"
        value={metric}
        onChange={(event) => (metrics.includes(event.currentTarget.value) ? choose(event.currentTarget.value) : undefined)}
        onFocus={(event) => event.currentTarget.select()}
      />
      <datalist id="metric-names">
        {metrics.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

function noteOf(metric: string, smoothing: number): string {
  return [inWords(directionOf(metric)), smoothing > 0 ? `smoothing ${smoothing} (raw shown faint)` : ""].filter(Boolean).join(" · ");
}

export function linesOf(drawn: readonly Drawn[], curves: readonly Curve[]): Line[] {
  return drawn.flatMap((one) => {
    const own = curves.filter((curve) => one.runs.includes(curve.run)).map(pointsOf);
    if (!own.length) return [];
    const { key, slot } = one;
    const name = one.runs.length > 1 ? `${one.name} (mean of ${own.length} runs, band from lowest to highest)` : one.name;
    return [{ ...(own.length > 1 ? meanOf(own) : own[0]!), key, name, slot }];
  });
}
