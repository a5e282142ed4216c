// Curves of one metric for what is ticked: runs, or groups as mean and band. Zooming asks the server for the points of that range.
import { useEffect } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Curves } from "../../charts/curves";
import { directionOf, inWords } from "../../charts/direction";
import type { Axis, Line, Range } from "../../charts/lines";
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
  const [zoom, setZoom] = useParam("zoom");
  const range = rangeOf(zoom);
  const runs = [...new Set(drawn.flatMap((one) => one.runs))].map(String);
  const points = useAsk(
    "tracking.points",
    runs.length && metric ? { runs, names: [metric], buckets: BUCKETS, axis, ...bounds(axis as Axis, range) } : null,
    {
      keep: true,
    },
  );
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => !document.hidden && points.again(), LIVE);
    return () => clearInterval(timer);
  }, [live]);
  const along = (to: string) => {
    setZoom("");
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
        {(curves) => (
          <Curves
            title={metric}
            note={noteOf(metric, weight)}
            lines={linesOf(drawn, curves)}
            axis={axis as Axis}
            log={log === "y"}
            smoothing={weight}
            height={210}
            range={range}
            onZoom={(to) => setZoom(zoomed(to), true)}
          />
        )}
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

/** A range as the address writes it. */
export function zoomed(range: Range | null): string {
  return range ? range.map((edge) => Number(edge.toPrecision(12))).join("..") : "";
}

export function rangeOf(text: string): Range | null {
  const [from, to] = text.split("..").map(Number);
  return from !== undefined && to !== undefined && from < to ? [from, to] : null;
}

export function bounds(axis: Axis, range: Range | null): { start?: number; end?: number; since?: number; until?: number } {
  if (!range) return {};
  return axis === "step" ? { start: Math.floor(range[0]), end: Math.ceil(range[1]) } : { since: range[0], until: range[1] };
}

export function linesOf(drawn: readonly Drawn[], curves: readonly Curve[]): Line[] {
  return drawn.flatMap((one) => {
    const own = curves.filter((curve) => one.runs.includes(curve.run)).map(whole);
    if (!own.length) return [];
    const { key, slot } = one;
    const name = one.runs.length > 1 ? `${one.name} (mean of ${own.length} runs, band from lowest to highest)` : one.name;
    return [{ ...(own.length > 1 ? meanOf(own) : own[0]!), key, name, slot }];
  });
}

function whole(curve: Curve): Omit<Line, "key" | "name" | "slot"> {
  const { steps = [], times = [], values = [], lowest = values, highest = values, exact, origin } = curve;
  return { steps, times, values, lowest: exact ? values : lowest, highest: exact ? values : highest, exact, origin: origin ?? undefined };
}
