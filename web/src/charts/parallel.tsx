// Parallel coordinates: one line for each run across the axes of its values. All runs are grey on a canvas, the ticked ones are drawn
// above in their colours. Dragging along an axis filters, dragging its name moves it; with the focus on the name the arrow keys do both.
import { useEffect, useRef, useState } from "preact/hooks";
import { num } from "../parts/words";
import { shade, token } from "../state/theme";
import { type Scale, scaleFor } from "./axis";
import { dashOf, signOf, variableOf } from "./slots";

export type AxisData = { key: string; title: string; values: readonly (number | string | null)[] };
/** From and to as shares of the axis, 0 at its lower end. */
export type Brushes = Record<string, Range>;
type Range = readonly [number, number];

type Props = {
  axes: readonly AxisData[];
  /** Runs by number, in the order of the values. */
  runs: readonly number[];
  ticked: ReadonlyMap<string, number>;
  brushes: Brushes;
  brush: (brushes: Brushes) => void;
  order: (keys: string[]) => void;
  height?: number;
  canvas: { current: HTMLCanvasElement | null };
};

const TOP = 44;
const BOTTOM = 12;
const SIDE = 56;

export function Parallel({ axes, runs, ticked, brushes, brush, order, height = 260, canvas }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [dragged, setDragged] = useState<{ key: string; x: number } | null>(null);
  const scales = axes.map((axis) => scaleFor(axis.values, num));
  const xs = axes.map((axis, at) =>
    dragged?.key === axis.key ? dragged.x : SIDE + (at * (width - 2 * SIDE)) / Math.max(1, axes.length - 1),
  );
  const high = height - TOP - BOTTOM;
  const y = (place: number) => TOP + (1 - place) * high;
  useEffect(() => {
    if (canvas.current && width) paint(canvas.current, { axes, scales, xs, y, runs, brushes, width, height });
  });
  void shade.value; // drawn anew in the other theme's colours
  const line = (at: number) => pathOf(axes, scales, xs, y, at);
  const dropped = () => {
    if (!dragged) return;
    order(
      [...axes]
        .map((axis, at) => [xs[at]!, axis.key] as const)
        .sort(([a], [b]) => a - b)
        .map(([, key]) => key),
    );
    setDragged(null);
  };
  return (
    <div class="parallel" ref={box} style={{ height: `${height}px` }}>
      <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} aria-hidden="true" />
      <svg width={width} height={height} role="img" aria-label={`${runs.length} runs across ${axes.map((axis) => axis.title).join(", ")}`}>
        {runs.map((run, at) => {
          const slot = ticked.get(String(run));
          return slot === undefined ? null : (
            <g key={run} style={{ color: `var(${variableOf(slot)})` }}>
              <path d={line(at)} fill="none" stroke="currentColor" stroke-width="2.2" stroke-dasharray={dashOf(slot).join(" ")} />
              {axes.map((axis, place) => {
                const value = scales[place]!.place(axis.values[at]);
                return value === null ? null : (
                  <text key={axis.key} x={xs[place]} y={y(value) + 4} text-anchor="middle" font-size="11" fill="currentColor">
                    {signOf(slot)}
                  </text>
                );
              })}
            </g>
          );
        })}
        {axes.map((axis, at) => (
          <AxisLine
            key={axis.key}
            scale={scales[at]!}
            x={xs[at]!}
            y={y}
            last={at === axes.length - 1}
            brushed={brushes[axis.key]}
            brush={(range) => brush(changed(brushes, axis.key, range))}
          />
        ))}
      </svg>
      {axes.map((axis, at) => (
        <button
          key={axis.key}
          type="button"
          class="axis-name"
          style={{ left: `${xs[at]}px` }}
          title={`${axis.key}: drag or ← → to move it; ↑ ↓ to keep its upper or lower part, with Shift to widen it again, Delete for all`}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={(event) =>
            event.buttons && setDragged({ key: axis.key, x: event.clientX - box.current!.getBoundingClientRect().left })
          }
          onPointerUp={dropped}
          onKeyDown={(event) => {
            const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
            const range = nudged(brushes[axis.key], event.key, event.shiftKey);
            if (by)
              order(
                swapped(
                  axes.map((one) => one.key),
                  at,
                  at + by,
                ),
              );
            else if (range !== undefined) brush(changed(brushes, axis.key, range));
            else return;
            event.preventDefault();
          }}
        >
          {axis.title}
          {scales[at]!.kind === "log" ? " (log)" : ""}
          {brushes[axis.key] && <span class="unseen">{`, ${shares(brushes[axis.key]!)} of its range`}</span>}
        </button>
      ))}
    </div>
  );
}

const NUDGE = 0.05; // of the axis

/** The range after a key on an axis: null for all of it, undefined for a key that means nothing here. */
export function nudged(range: Range | undefined, key: string, widen: boolean): Range | null | undefined {
  if (key === "Delete" || key === "Backspace") return null;
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  let [from, to] = range ?? [0, 1];
  if (key === "ArrowUp" && !widen) from = Math.min(from + NUDGE, to - NUDGE);
  else if (key === "ArrowDown" && !widen) to = Math.max(to - NUDGE, from + NUDGE);
  else if (key === "ArrowUp") to = Math.min(1, to + NUDGE);
  else from = Math.max(0, from - NUDGE);
  const rounded = (share: number) => Math.round(share * 1000) / 1000;
  return from <= 0 && to >= 1 ? null : [rounded(from), rounded(to)];
}

function shares([from, to]: Range): string {
  return `${Math.round(from * 100)} to ${Math.round(to * 100)} %`;
}

type LineProps = {
  scale: Scale;
  x: number;
  y: (place: number) => number;
  last: boolean;
  brushed: Range | undefined;
  brush: (range: [number, number] | null) => void;
};

function AxisLine({ scale, x, y, last, brushed, brush }: LineProps) {
  const from = useRef<number | null>(null);
  const [pulled, setPulled] = useState<[number, number] | null>(null);
  const placeAt = (event: PointerEvent) => {
    const top = (event.currentTarget as SVGElement).ownerSVGElement!.getBoundingClientRect().top;
    return Math.max(0, Math.min(1, (y(0) - (event.clientY - top)) / (y(0) - y(1))));
  };
  const range = pulled ?? brushed;
  return (
    <g>
      <line x1={x} x2={x} y1={y(1)} y2={y(0)} stroke="var(--edge)" />
      {scale.ticks.map((tick) => (
        <text key={tick.label} class="tick-words" x={last ? x - 6 : x + 6} y={y(tick.at) + 4} text-anchor={last ? "end" : "start"}>
          {tick.label}
        </text>
      ))}
      {range && <rect class="brush" x={x - 8} width={16} y={y(range[1])} height={Math.max(2, y(range[0]) - y(range[1]))} />}
      <rect
        class="brushable"
        x={x - 10}
        width={20}
        y={y(1)}
        height={y(0) - y(1)}
        onPointerDown={(event) => {
          from.current = placeAt(event);
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (from.current === null) return;
          const to = placeAt(event);
          setPulled([Math.min(from.current, to), Math.max(from.current, to)]);
        }}
        onPointerUp={() => {
          brush(pulled && pulled[1] - pulled[0] > 0.01 ? pulled : null);
          from.current = null;
          setPulled(null);
        }}
      />
    </g>
  );
}

/** Whether a run lies within all brushed ranges. */
export function within(axes: readonly AxisData[], scales: readonly Scale[], brushes: Brushes, at: number): boolean {
  return axes.every((axis, place) => {
    const range = brushes[axis.key];
    if (!range) return true;
    const value = scales[place]!.place(axis.values[at]);
    return value !== null && value >= range[0] && value <= range[1];
  });
}

type Picture = {
  axes: readonly AxisData[];
  scales: readonly Scale[];
  xs: readonly number[];
  y: (place: number) => number;
  runs: readonly number[];
  brushes: Brushes;
  width: number;
  height: number;
};

function paint(canvas: HTMLCanvasElement, { axes, scales, xs, y, runs, brushes, width, height }: Picture): void {
  const ratio = devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d")!;
  pen.scale(ratio, ratio);
  pen.strokeStyle = token("--edge");
  const strength = Math.max(0.06, Math.min(0.5, 30 / runs.length));
  const brushed = Object.keys(brushes).length > 0;
  for (const kept of brushed ? [false, true] : [true]) {
    const path = new Path2D();
    for (let at = 0; at < runs.length; at++) {
      if (brushed && within(axes, scales, brushes, at) !== kept) continue;
      path.addPath(new Path2D(pathOf(axes, scales, xs, y, at)));
    }
    pen.globalAlpha = kept ? (brushed ? Math.min(0.9, strength * 3) : strength) : strength / 4;
    pen.stroke(path);
  }
}

/** A run's line: it is broken where the run has no value. */
function pathOf(
  axes: readonly AxisData[],
  scales: readonly Scale[],
  xs: readonly number[],
  y: (place: number) => number,
  at: number,
): string {
  let path = "";
  let open = false;
  for (let place = 0; place < axes.length; place++) {
    const value = scales[place]!.place(axes[place]!.values[at]);
    if (value !== null) path += `${open ? "L" : "M"}${xs[place]!.toFixed(1)} ${y(value).toFixed(1)}`;
    open = value !== null;
  }
  return path;
}

function changed(brushes: Brushes, key: string, range: Range | null): Brushes {
  const { [key]: _, ...rest } = brushes;
  return range ? { ...rest, [key]: range } : rest;
}

function swapped(keys: string[], at: number, to: number): string[] {
  if (to < 0 || to >= keys.length) return keys;
  [keys[at], keys[to]] = [keys[to]!, keys[at]!];
  return keys;
}

export function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 0));
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return width;
}
