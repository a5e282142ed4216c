// A small chart of one measure over time: lines with an axis that says what and unit, drawn as SVG. Gaps are gaps. It is read with the
// keyboard, too: arrows move the reader from moment to moment, and what stands there is told in words.
import { scaleLinear, scaleTime } from "d3-scale";
import { useRef, useState } from "preact/hooks";
import "./spark.css";

export type Dash = "solid" | "dashed" | "dotted";
export type Series = { name: string; dash: Dash; colour: string; values: readonly (number | null)[] };
export type Mark = { at: number; sign: string; words: string };

const WIDTH = 300;
const HEIGHT = 96;
const LEFT = 44;
const BOTTOM = 18;
const DASHES: Record<Dash, string> = { solid: "", dashed: "6 3", dotted: "2 3" };

type Props = {
  title: string;
  /** Moments of the values, in seconds since 1970. */
  at: readonly number[];
  series: readonly Series[];
  format: (value: number) => string;
  when: (at: number) => string;
  marks?: readonly Mark[];
  /** A value that should not be passed. */
  bound?: number | null;
  /** Where the axis begins and ends at least. */
  span?: readonly [number, number];
};

export function Spark({ title, at, series, format, when, marks = [], bound, span }: Props) {
  const [place, setPlace] = useState<number | null>(null);
  const drawn = useRef<SVGSVGElement>(null);
  const known = series.flatMap((one) => one.values).filter((value): value is number => value !== null);
  const first = span?.[0] ?? at[0] ?? 0;
  const last = span?.[1] ?? at.at(-1) ?? 1;
  const x = scaleTime()
    .domain([first * 1000, Math.max(last, first + 1) * 1000])
    .range([LEFT, WIDTH - 6]);
  const y = scaleLinear()
    .domain([0, Math.max(...known, bound ?? 0) || 1])
    .nice(3)
    .range([HEIGHT - BOTTOM, 8]);
  const told = place === null ? null : tell(series, at, place, format, when);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step || !at.length) return;
    event.preventDefault();
    setPlace(Math.max(0, Math.min(at.length - 1, (place ?? (step > 0 ? -1 : at.length)) + step)));
  };
  const point = (event: PointerEvent) => {
    const box = drawn.current?.getBoundingClientRect();
    if (box?.width) setPlace(nearest(at, x.invert(((event.clientX - box.left) / box.width) * WIDTH).getTime() / 1000));
  };
  return (
    <figure class="spark">
      <figcaption>
        <b>{title}</b>
        {series.length > 1 && <Legend series={series} />}
      </figcaption>
      <svg
        ref={drawn}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}: ${summary(series, format)}`}
        tabindex={0}
        onKeyDown={move}
        onPointerMove={point}
        onPointerLeave={() => setPlace(null)}
        onBlur={() => setPlace(null)}
      >
        {y.ticks(3).map((tick) => (
          <g key={tick}>
            <line class="grid-line" x1={LEFT} x2={WIDTH - 6} y1={y(tick)} y2={y(tick)} />
            <text x={LEFT - 5} y={y(tick) + 3} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {bound != null && <line class="bound" x1={LEFT} x2={WIDTH - 6} y1={y(bound)} y2={y(bound)} />}
        {series.map((one) =>
          pieces(one.values).map((piece) => (
            <path
              key={`${one.name} ${piece[0]}`}
              d={
                piece.map((n, i) => `${i ? "L" : "M"}${x(at[n]! * 1000).toFixed(1)} ${y(one.values[n]!).toFixed(1)}`).join("") +
                (piece.length === 1 ? "h0.01" : "")
              }
              stroke={one.colour}
              stroke-dasharray={DASHES[one.dash]}
              class={piece.length === 1 ? "dot" : ""}
            />
          )),
        )}
        {marks.map((mark) => (
          <g key={`${mark.at} ${mark.words}`} class="mark">
            <line x1={x(mark.at * 1000)} x2={x(mark.at * 1000)} y1={8} y2={HEIGHT - BOTTOM} />
            <text x={x(mark.at * 1000)} y={8} text-anchor="middle">
              {mark.sign}
              <title>{mark.words}</title>
            </text>
          </g>
        ))}
        {place !== null && <line class="reader" x1={x(at[place]! * 1000)} x2={x(at[place]! * 1000)} y1={8} y2={HEIGHT - BOTTOM} />}
        <text x={LEFT} y={HEIGHT - 5}>
          {when(first)}
        </text>
        <text x={WIDTH - 6} y={HEIGHT - 5} text-anchor="end">
          {when(last)}
        </text>
      </svg>
      <p class="told" aria-live="polite">
        {told ?? summary(series, format)}
      </p>
    </figure>
  );
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <span class="legend">
      {series.map((one) => (
        <span key={one.name}>
          <svg viewBox="0 0 22 8" width="22" height="8" aria-hidden="true">
            <path d="M0 4H22" stroke={one.colour} stroke-dasharray={DASHES[one.dash]} />
          </svg>
          {one.name}
        </span>
      ))}
    </span>
  );
}

/** Runs of places that have a value; a place without one ends the line. */
export function pieces(values: readonly (number | null)[]): number[][] {
  const made: number[][] = [];
  let now: number[] = [];
  for (const [at, value] of values.entries()) {
    if (value !== null && Number.isFinite(value)) now.push(at);
    else if (now.length) {
      made.push(now);
      now = [];
    }
  }
  return now.length ? [...made, now] : made;
}

export function nearest(at: readonly number[], moment: number): number | null {
  let best: number | null = null;
  for (const [place, one] of at.entries()) if (best === null || Math.abs(one - moment) < Math.abs(at[best]! - moment)) best = place;
  return best;
}

function summary(series: readonly Series[], format: (value: number) => string): string {
  const parts = series.map((one) => {
    const known = one.values.filter((value): value is number => value !== null && Number.isFinite(value));
    if (!known.length) return `${one.name}: nothing was counted`;
    return `${one.name} ${format(known.at(-1)!)} now, at most ${format(Math.max(...known))}`;
  });
  return parts.join("; ");
}

function tell(
  series: readonly Series[],
  at: readonly number[],
  place: number,
  format: (value: number) => string,
  when: (at: number) => string,
): string {
  const values = series.map((one) => {
    const value = one.values[place];
    return `${one.name} ${value === null || value === undefined ? "—" : format(value)}`;
  });
  return `${when(at[place]!)}: ${values.join(", ")}`;
}
