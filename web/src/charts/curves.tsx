// Curves of metrics: bands keep the extremes of each bucket, smoothing leaves the raw line faintly in sight, what is not a number is a
// gap with a mark. Dragging asks for a closer look, a double click goes back.
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { toCsv } from "../parts/download";
import { moment, num, took } from "../parts/words";
import { shade } from "../state/theme";
import { Frame } from "./frame";
import { type Axis, type Line, nearest, placesOf, type Range, rowsOf, smoothed } from "./lines";
import type { Mark, Plot } from "./plot";
import { Dash } from "./slots";

type Props = {
  title: string;
  note?: ComponentChildren;
  controls?: ComponentChildren;
  lines: readonly Line[];
  axis?: Axis;
  log?: boolean;
  /** 0 to 0.99: how much of what was before counts. */
  smoothing?: number;
  height?: number;
  /** What is shown of the axis; null for all. The screen that zooms asks for the points of that range. */
  range?: Range | null;
  onZoom?: (range: Range | null) => void;
  marks?: readonly Mark[];
};

const NO_MARKS: readonly Mark[] = [];

export function Curves({
  title,
  note,
  controls,
  lines,
  axis = "step",
  log = false,
  smoothing = 0,
  height = 240,
  range: asked = null,
  onZoom,
  marks = NO_MARKS,
}: Props) {
  const [own, setOwn] = useState<Range | null>(null); // a chart that nobody follows zooms by itself
  const range = onZoom ? asked : own;
  const toRange = onZoom ?? setOwn;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(null);
  const place = useSignal<number | null>(null);
  const zoom = useRef(toRange);
  zoom.current = toRange;
  const drawing = { lines, axis, log, smoothing, range, marks, height };
  const latest = useRef(drawing);
  latest.current = drawing;
  useEffect(() => {
    let left = false;
    import("./plot").then(({ Plot }) => {
      if (left || !box.current) return;
      plot.current = new Plot(box.current, { zoomed: (to) => zoom.current(to), moved: (to) => (place.value = to) });
      plot.current.show(latest.current);
    });
    return () => {
      left = true;
      plot.current?.end();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.show(drawing), [lines, axis, log, smoothing, range?.[0], range?.[1], marks, height]);
  useEffect(() => plot.current?.redraw(), [shade.value]);
  return (
    <Frame
      title={title}
      note={note}
      controls={
        <>
          {range && (
            <button type="button" class="quiet" onClick={() => toRange(null)}>
              whole range
            </button>
          )}
          {controls}
        </>
      }
      canvas={() => plot.current?.canvas}
      keys={lines}
      csv={() => toCsv(COLUMNS, rowsOf(lines))}
      table={() => <AsTable lines={lines} />}
    >
      <div
        class="plot"
        ref={box}
        role="group"
        tabIndex={0}
        aria-label={`${title}: ${lines.length} curves; arrow keys move the cursor, + and - zoom, 0 shows all; the menu shows them as a table`}
        style={{ minHeight: `${height}px` }}
        onKeyDown={(event) => plot.current && steered(event, plot.current, () => toRange(null))}
      />
      <Legend {...{ lines, axis, smoothing, place }} />
    </Frame>
  );
}

const COLUMNS = (["name", "step", "time", "value", "lowest", "highest"] as const).map((key) => ({
  title: key,
  text: (row: ReturnType<typeof rowsOf>[number]) => row[key],
}));

function steered(event: KeyboardEvent, plot: Plot, whole: () => void): void {
  const far = event.shiftKey ? 50 : 5;
  const act: Record<string, () => void> = {
    ArrowLeft: () => plot.move(-far),
    ArrowRight: () => plot.move(far),
    "+": () => plot.zoom(0.5),
    "-": () => plot.zoom(2),
    "0": whole,
  };
  if (!act[event.key]) return;
  act[event.key]!();
  event.preventDefault();
}

/** What the lines are, and their values under the cursor, or at their ends. */
function Legend({
  lines,
  axis,
  smoothing,
  place,
}: {
  lines: readonly Line[];
  axis: Axis;
  smoothing: number;
  place: Signal<number | null>;
}) {
  const x = place.value;
  return (
    <div class="legend">
      <span class="soft legend-at">{x === null ? "at the end" : placeInWords(x, axis)}</span>
      <ul aria-label="values">
        {lines.map((line) => {
          const index = x === null ? line.values.length - 1 : nearest(placesOf(line, axis), x);
          return (
            <li key={line.key} title={line.name}>
              <Dash slot={line.slot} />
              <span class="legend-name">{line.name}</span>
              <b>{index < 0 ? "—" : valueInWords(line, index, smoothing)}</b>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function valueInWords(line: Line, index: number, smoothing: number): string {
  const told = num(line.values[index]);
  if (smoothing > 0) return `${num(smoothed(line.values.slice(0, index + 1), smoothing)[index])} (raw ${told})`;
  const [low, high] = [line.lowest[index], line.highest[index]];
  return line.exact || low == null || high == null || low === high ? told : `${told} (${num(low)} to ${num(high)})`;
}

function placeInWords(x: number, axis: Axis): string {
  return axis === "step" ? `at step ${num(Math.round(x))}` : axis === "time" ? `at ${moment(x)}` : `after ${took(x)}`;
}

const MOST_ROWS = 500;

function AsTable({ lines }: { lines: readonly Line[] }) {
  const rows = rowsOf(lines);
  const every = Math.ceil(rows.length / MOST_ROWS);
  return (
    <section class="table-scroll as-table" tabIndex={0} aria-label="the curves as a table">
      {every > 1 && (
        <p class="soft">
          Each {every}th point of {rows.length.toLocaleString("en-US")}; the CSV file holds all.
        </p>
      )}
      <table class="plain">
        <thead>
          <tr>
            {["curve", "step", "time", "value", "lowest", "highest"].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            .filter((_, at) => at % every === 0)
            .map((row, at) => (
              <tr key={at}>
                <th scope="row">{row.name}</th>
                <td class="n">{row.step}</td>
                <td>{moment(row.time)}</td>
                <td class="n">{num(row.value)}</td>
                <td class="n">{num(row.lowest)}</td>
                <td class="n">{num(row.highest)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
