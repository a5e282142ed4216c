// Lines on a canvas. uPlot keeps axes, scales, cursor and the dragging; the lines are ours, because each has places of its own:
// joining fifty runs to common places would multiply what is drawn by fifty.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { num, took } from "../parts/words";
import { token } from "../state/theme";
import { type Axis, aired, type Drawn, drawn, extentOf, type Line, type Range } from "./lines";
import { colourOf, dashOf, signOf } from "./slots";

export type Mark = { at: number; label: string };
export type Drawing = {
  lines: readonly Line[];
  axis: Axis;
  log: boolean;
  smoothing: number;
  range: Range | null;
  marks: readonly Mark[];
  height: number;
};
type Told = { zoomed: (range: Range | null) => void; moved: (place: number | null) => void };

export class Plot {
  private chart: uPlot | null = null;
  private drawing: Drawing | null = null;
  private lines: readonly Drawn[] = [];
  private readonly told: Told;
  private readonly box: HTMLElement;
  private readonly watch: ResizeObserver;

  constructor(box: HTMLElement, told: Told) {
    this.box = box;
    this.told = told;
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(box);
  }

  get canvas(): HTMLCanvasElement | null {
    return this.chart?.ctx.canvas ?? null;
  }

  show(drawing: Drawing): void {
    const before = this.drawing;
    this.drawing = drawing;
    this.lines = drawing.lines.map((line) => drawn(line, drawing.axis, drawing.smoothing));
    if (before?.axis !== drawing.axis || before.log !== drawing.log) this.renew();
    this.chart?.setData([
      [0, 1],
      [null, null],
    ] as unknown as uPlot.AlignedData);
    this.fit();
  }

  /** Draws again, in the colours of now. */
  redraw(): void {
    this.chart?.redraw(false, true);
  }

  /** Moves the cursor by pixels, for the arrow keys. */
  move(by: number): void {
    if (!this.chart) return;
    const left = this.chart.cursor.left ?? -1;
    const width = this.chart.over.clientWidth;
    this.chart.setCursor({ left: Math.max(0, Math.min(width - 1, left < 0 ? width / 2 : left + by)), top: 10 });
  }

  /** Closer to the cursor, or farther away from it: a factor of what is shown. */
  zoom(factor: number): void {
    const { min, max } = this.chart?.scales.x ?? {};
    if (!this.chart || min == null || max == null) return;
    const left = this.chart.cursor.left ?? -1;
    const middle = left < 0 ? (min + max) / 2 : this.chart.posToVal(left, "x");
    this.told.zoomed([middle - (middle - min) * factor, middle + (max - middle) * factor]);
  }

  end(): void {
    this.watch.disconnect();
    this.chart?.destroy();
  }

  private fit(): void {
    const [width, height] = [this.box.clientWidth, this.drawing?.height ?? 0];
    if (this.chart && width && (width !== this.chart.width || height !== this.chart.height)) this.chart.setSize({ width, height });
  }

  private renew(): void {
    this.chart?.destroy();
    this.chart = new uPlot(
      this.options(),
      [
        [0, 1],
        [null, null],
      ] as unknown as uPlot.AlignedData,
      this.box,
    );
  }

  private options(): uPlot.Options {
    const { axis, log, height } = this.drawing!;
    const line = { stroke: () => token("--soft"), grid: { stroke: () => token("--line"), width: 1 }, ticks: { show: false } };
    return {
      width: this.box.clientWidth || 300,
      height,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      scales: {
        x: { time: axis === "time", range: () => this.across() as uPlot.Range.MinMax },
        y: { distr: log ? 3 : 1, range: () => this.upwards() as uPlot.Range.MinMax },
      },
      axes: [
        { ...line, font: font(), size: 30, ...(axis === "time" ? {} : { values: (_, at) => at.map(axis === "step" ? short : took) }) },
        {
          ...line,
          font: font(),
          size: 58,
          ...(log ? { splits: decades, filter: (_: uPlot, at: number[]) => at } : {}),
          values: (_, at) => at.map((value) => (value === null ? "" : num(value))),
        },
      ],
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { show: false },
        y: false,
        bind: { dblclick: () => () => this.whole() },
      },
      hooks: {
        draw: [() => this.paint()],
        setSelect: [(chart) => this.selected(chart)],
        setCursor: [(chart) => this.told.moved((chart.cursor.left ?? -1) < 0 ? null : chart.posToVal(chart.cursor.left!, "x"))],
      },
    };
  }

  private whole(): null {
    this.told.zoomed(null);
    return null;
  }

  private selected(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 4) return;
    const range = [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")] as const;
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.told.zoomed(range);
  }

  private across(): Range {
    const { range } = this.drawing!;
    return range ?? aired(extentOf(this.lines.map((line) => line.xs)) ?? [0, 1], false, 0.01);
  }

  private upwards(): Range {
    const log = this.drawing!.log;
    const lists = this.lines.flatMap((line) => [line.values, ...(line.exact ? [] : [line.lowest, line.highest])]);
    return aired(extentOf(lists, log) ?? (log ? [0.1, 1] : [0, 1]), log);
  }

  private paint(): void {
    const chart = this.chart;
    if (!chart) return;
    const { ctx: pen, bbox } = chart;
    const sight = { x: projection(chart, "x"), y: projection(chart, "y") };
    pen.save();
    pen.beginPath();
    pen.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    pen.clip();
    pen.lineJoin = "round";
    for (const line of this.lines) this.paintLine(pen, line, sight, bbox);
    this.paintMarks(pen, sight.x, bbox);
    pen.restore();
  }

  private paintLine(pen: CanvasRenderingContext2D, line: Drawn, sight: Sight, bbox: uPlot.BBox): void {
    const ratio = devicePixelRatio;
    const colour = colourOf(line.slot);
    const places = line.xs.map(sight.x);
    pen.strokeStyle = pen.fillStyle = colour;
    if (!line.exact) {
      pen.globalAlpha = 0.16;
      pen.fill(band(places, line.lowest.map(at(sight.y)), line.highest.map(at(sight.y))));
    }
    const raw = line.values.map(at(sight.y));
    if (line.smooth) {
      pen.globalAlpha = 0.3;
      pen.lineWidth = ratio;
      pen.setLineDash([]);
      pen.stroke(stroke(places, raw));
    }
    const main = line.smooth ? line.smooth.map(at(sight.y)) : raw;
    pen.globalAlpha = 1;
    pen.lineWidth = 1.7 * ratio;
    pen.setLineDash(dashOf(line.slot).map((length) => length * ratio));
    pen.stroke(stroke(places, main));
    pen.setLineDash([]);
    pen.font = `${10 * ratio}px ${token("--sans")}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (const [x, y] of signs(places, main, bbox)) pen.fillText(signOf(line.slot), x, y);
    for (const [index, value] of raw.entries()) {
      if (Number.isNaN(value)) pen.fillText("×", places[index]!, bbox.top + bbox.height - 6 * ratio);
    }
  }

  private paintMarks(pen: CanvasRenderingContext2D, x: Project, bbox: uPlot.BBox): void {
    pen.font = `${11 * devicePixelRatio}px ${token("--sans")}`;
    pen.textAlign = "left";
    pen.textBaseline = "top";
    pen.strokeStyle = pen.fillStyle = token("--soft");
    pen.lineWidth = devicePixelRatio;
    for (const mark of this.drawing!.marks) {
      const left = x(mark.at);
      pen.setLineDash([3, 3]);
      pen.beginPath();
      pen.moveTo(left, bbox.top);
      pen.lineTo(left, bbox.top + bbox.height);
      pen.stroke();
      pen.fillText(mark.label, left + 3 * devicePixelRatio, bbox.top + 2);
    }
    pen.setLineDash([]);
  }
}

type Project = (value: number) => number;
type Sight = { x: Project; y: Project };

/** From values to pixels of the canvas; what a logarithm cannot take is not a number. */
function projection(chart: uPlot, key: "x" | "y"): Project {
  const scale = chart.scales[key]!;
  const scaled = scale.distr === 3 ? Math.log10 : (value: number) => value;
  const low = scaled(scale.min ?? 0);
  const span = scaled(scale.max ?? 1) - low || 1;
  const { left, top, width, height } = chart.bbox;
  return key === "x"
    ? (value) => left + ((scaled(value) - low) / span) * width
    : (value) => top + height - ((scaled(value) - low) / span) * height;
}

const at = (project: Project) => (value: number | null) => (value === null ? Number.NaN : project(value));

/** One path with a gap wherever there is no number. */
function stroke(places: readonly number[], heights: readonly number[]): Path2D {
  const path = new Path2D();
  let open = false;
  for (let index = 0; index < places.length; index++) {
    const height = heights[index]!;
    if (!Number.isFinite(height)) {
      open = false;
      continue;
    }
    if (open) path.lineTo(places[index]!, height);
    else path.moveTo(places[index]!, height);
    if (!open && !Number.isFinite(heights[index + 1] ?? Number.NaN)) path.lineTo(places[index]! + 1, height); // a point alone
    open = true;
  }
  return path;
}

function band(places: readonly number[], low: readonly number[], high: readonly number[]): Path2D {
  const path = new Path2D();
  for (let from = 0; from < places.length; ) {
    if (!Number.isFinite(low[from]!) || !Number.isFinite(high[from]!)) {
      from++;
      continue;
    }
    let to = from;
    while (to < places.length && Number.isFinite(low[to]!) && Number.isFinite(high[to]!)) to++;
    path.moveTo(places[from]!, high[from]!);
    for (let index = from + 1; index < to; index++) path.lineTo(places[index]!, high[index]!);
    for (let index = to - 1; index >= from; index--) path.lineTo(places[index]!, low[index]!);
    path.closePath();
    from = to;
  }
  return path;
}

/** Where markers stand: a few along the line, and the last point in sight. */
function signs(places: readonly number[], heights: readonly number[], bbox: uPlot.BBox): [number, number][] {
  const made: [number, number][] = [];
  const apart = bbox.width / 6;
  let next = bbox.left + apart / 2;
  for (let index = 0; index < places.length; index++) {
    const [x, y] = [places[index]!, heights[index]!];
    if (!Number.isFinite(y) || x < bbox.left || x > bbox.left + bbox.width) continue;
    if (x < next && index < places.length - 1) continue;
    made.push([x, y]);
    next = x + apart;
  }
  return made;
}

/** Places for labels of a logarithmic axis: powers of ten, with 2 and 5 between them where there are few; even steps within one. */
function decades(_: uPlot, __: number, low: number, high: number): number[] {
  const span = Math.log10(high / low);
  if (span < 0.7) {
    const step = 10 ** Math.floor(Math.log10((high - low) / 2));
    const wide = (high - low) / step > 6 ? 2 * step : step;
    return Array.from({ length: 12 }, (_, at) => (Math.ceil(low / wide) + at) * wide).filter((place) => place <= high);
  }
  const within = span < 3 ? [1, 2, 5] : [1];
  const powers = Array.from({ length: Math.ceil(span) + 2 }, (_, at) => 10 ** (Math.floor(Math.log10(low)) + at));
  return powers.flatMap((power) => within.map((times) => power * times)).filter((place) => place >= low && place <= high);
}

function short(step: number | null): string {
  if (step === null) return "";
  return Math.abs(step) >= 1e6 ? `${num(step / 1e6)}M` : Math.abs(step) >= 10_000 ? `${num(step / 1000)}k` : num(step);
}

function font(): string {
  return `11px ${token("--sans")}`;
}
