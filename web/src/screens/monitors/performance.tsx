// How good the predictions were, window by window: measured where labels are there, estimated where they are not; with its interval, the
// bound, and releases.
import { scaleLinear, scalePoint } from "d3-scale";
import { useState } from "preact/hooks";
import { Panel } from "../../parts/page";
import { num } from "../../parts/words";
import { useParam } from "../../state/url";
import { day, type Measured, type Monitor, performanceOf, releasesOf, type Window } from "./reading";

const WIDTH = 1200;
const HEIGHT = 220;
const LEFT = 52;
const RIGHT = 10;
const TOP = 18;
const BOTTOM = 22;

export function PerformanceChart({ of, windows }: { of: Monitor; windows: readonly Window[] }) {
  const [slice] = useParam("slice");
  const { metric, points } = performanceOf(windows, slice);
  const wished = of.settings.performance;
  if (!wished)
    return (
      <Panel title="Performance">
        <p class="soft">
          It is not watched.{" "}
          <code>
            treadle monitors declare {of.name} --endpoint {of.endpoint} --metric auc --worse-by 0.02
          </code>{" "}
          replaces the settings by ones that watch it; Edit settings keeps the others.
        </p>
      </Panel>
    );
  return (
    <Panel
      title={`Performance: ${metric || wished.metric}`}
      note={`${slice || "all rows"}; judged with ${Math.round((wished.labelled ?? 0.8) * 100)} % of the labels`}
    >
      {points.length ? (
        <Chart windows={windows} points={points} metric={metric} />
      ) : (
        <p class="soft">No label has come yet: treadle endpoints labels {of.endpoint} FILE</p>
      )}
    </Panel>
  );
}

function Chart({ windows, points, metric }: { windows: readonly Window[]; points: readonly Measured[]; metric: string }) {
  const [place, setPlace] = useState<number | null>(null);
  const x = scalePoint<number>()
    .domain(windows.map((_, at) => at))
    .range([LEFT, WIDTH - RIGHT])
    .padding(0.5);
  const known = points.flatMap((one) => [one.low, one.high, one.value, one.bound]).filter((value): value is number => value !== null);
  const y = scaleLinear()
    .domain([Math.min(...known), Math.max(...known)])
    .nice(4)
    .range([HEIGHT - BOTTOM, TOP]);
  const here = place === null ? undefined : points[place];
  const pressed = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    setPlace(Math.max(0, Math.min(points.length - 1, (place ?? (step > 0 ? -1 : points.length)) + step)));
  };
  const bad = points.filter((one) => one.verdict === "bad");
  const summary = `${metric} over ${points.length} windows, ${num(points[0]!.value)} in the first, ${num(points.at(-1)!.value)} in the newest; ${bad.length} bad`;
  return (
    <figure class="perf">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={summary}
        tabindex={0}
        onKeyDown={pressed}
        onBlur={() => setPlace(null)}
      >
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line class="grid-line" x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
              {num(tick)}
            </text>
          </g>
        ))}
        {releasesOf(windows).map((one) => (
          <g key={one.at}>
            <line class="release" x1={x(one.at)} x2={x(one.at)} y1={TOP} y2={HEIGHT - BOTTOM} />
            <text x={x(one.at)} y={TOP - 6} text-anchor="middle">
              ● v{one.version}
            </text>
          </g>
        ))}
        {points.map(
          (one) =>
            one.bound !== null && (
              <line
                key={`bound ${one.at}`}
                class="bound"
                x1={x(one.at)! - x.step() / 2}
                x2={x(one.at)! + x.step() / 2}
                y1={y(one.bound)}
                y2={y(one.bound)}
              />
            ),
        )}
        <path class="line" d={lineOf(points, (at) => x(at)!, y)} />
        {points.map((one, at) => (
          <g key={`${one.at} ${one.estimated}`} onPointerEnter={() => setPlace(at)}>
            {one.low !== null && one.high !== null && <line class="band" x1={x(one.at)} x2={x(one.at)} y1={y(one.low)} y2={y(one.high)} />}
            {one.value !== null && (
              <circle class={one.estimated ? "point estimated" : "point"} cx={x(one.at)} cy={y(one.value)} r={at === place ? 6 : 4} />
            )}
            {one.value !== null && one.verdict === "bad" && (
              <text class="bad-sign" x={x(one.at)} y={y(one.high ?? one.value) - 5} text-anchor="middle">
                ▲
              </text>
            )}
          </g>
        ))}
        {windows.map(
          (window, at) =>
            (windows.length <= 40 || at % 5 === 0) && (
              <text key={window.number} x={x(at)} y={HEIGHT - 6} text-anchor="middle">
                {window.number}
              </text>
            ),
        )}
      </svg>
      <p class="soft" aria-live="polite">
        {here
          ? told(here, windows[here.at]!)
          : `${summary}. ● measured, ○ estimated while labels are missing, bars: 95 % interval, dashes: bound, ▲ bad.`}
      </p>
    </figure>
  );
}

/** A line through what was measured; estimates stand apart. */
function lineOf(points: readonly Measured[], x: (at: number) => number, y: (value: number) => number): string {
  const measured = points.filter((one) => !one.estimated && one.value !== null);
  return measured.map((one, at) => `${at ? "L" : "M"}${x(one.at).toFixed(1)} ${y(one.value!).toFixed(1)}`).join("");
}

function told(one: Measured, window: Window): string {
  return `window ${window.number} (${day(window.start)} to ${day(window.end)}), ${one.estimated ? "estimated" : "measured"}, ${one.verdict}: ${one.sentence}`;
}
