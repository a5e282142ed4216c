// Two columns of many runs against each other, coloured by a third. The ticked runs keep their own signs; a click ticks the nearest.
import { useEffect, useRef, useState } from "preact/hooks";
import { num, said } from "../parts/words";
import { shade, token } from "../state/theme";
import { scaleFor } from "./axis";
import { type AxisData, useWidth } from "./parallel";
import { colourOf, signOf } from "./slots";

type Props = {
  x: AxisData;
  y: AxisData;
  colour: AxisData | undefined;
  runs: readonly number[];
  names: readonly string[];
  ticked: ReadonlyMap<string, number>;
  tick: (run: number) => void;
  canvas: { current: HTMLCanvasElement | null };
  height?: number;
};

const LEFT = 58;
const EDGE = 14;
const FOOT = 34;

export function Scatter({ x, y, colour, runs, names, ticked, tick, canvas, height = 260 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [near, setNear] = useState(-1);
  const scales = { x: scaleFor(x.values, num), y: scaleFor(y.values, num), colour: colour && scaleFor(colour.values, num) };
  const places = runs.map((_, at) => {
    const [across, up] = [scales.x.place(x.values[at]), scales.y.place(y.values[at])];
    return across === null || up === null
      ? null
      : ([LEFT + across * (width - LEFT - EDGE), height - FOOT - up * (height - FOOT - EDGE)] as const);
  });
  useEffect(() => {
    if (canvas.current && width) paint();
  });
  void shade.value;

  const paint = () => {
    const pen = ready(canvas.current!, width, height);
    paintAxes(pen);
    for (const [at, place] of places.entries()) if (place && !ticked.has(String(runs[at]))) paintPoint(pen, at, place);
    pen.globalAlpha = 1;
    pen.font = `15px ${token("--sans")}`;
    for (const [at, place] of places.entries()) {
      const slot = ticked.get(String(runs[at]));
      if (!place || slot === undefined) continue;
      pen.fillStyle = colourOf(slot);
      pen.fillText(signOf(slot), place[0], place[1]);
    }
  };
  const paintAxes = (pen: CanvasRenderingContext2D) => {
    pen.fillStyle = token("--soft");
    pen.strokeStyle = token("--line");
    for (const tick of scales.x.ticks) pen.fillText(tick.label, LEFT + tick.at * (width - LEFT - EDGE), height - FOOT + 12);
    pen.fillText(`${x.title}${scales.x.kind === "log" ? " (log)" : ""}`, LEFT + (width - LEFT - EDGE) / 2, height - 6);
    pen.textAlign = "right";
    for (const tick of scales.y.ticks) {
      const at = height - FOOT - tick.at * (height - FOOT - EDGE);
      pen.fillText(tick.label, LEFT - 6, at);
      pen.strokeRect(LEFT, at, width - LEFT - EDGE, 0);
    }
    pen.textAlign = "center";
  };
  const paintPoint = (pen: CanvasRenderingContext2D, at: number, [left, top]: readonly [number, number]) => {
    const share = colour && scales.colour ? scales.colour.place(colour.values[at]) : undefined;
    const words = scales.colour?.kind === "words";
    const kind = words ? scales.colour!.ticks.findIndex((one) => one.label === String(colour!.values[at])) : -1;
    pen.globalAlpha = share === undefined ? 0.45 : share === null ? 0.15 : words ? 0.8 : 0.15 + 0.85 * share;
    pen.fillStyle = share === undefined ? token("--edge") : kind >= 0 ? colourOf(kind) : token("--accent");
    if (kind >= 0) pen.fillText(signOf(kind), left, top);
    else {
      pen.beginPath();
      pen.arc(left, top, 3, 0, 2 * Math.PI);
      pen.fill();
    }
  };
  const nearestTo = (event: MouseEvent) => {
    const frame = canvas.current!.getBoundingClientRect();
    const [left, top] = [event.clientX - frame.left, event.clientY - frame.top];
    let best = { at: -1, far: 15 ** 2 };
    for (const [at, place] of places.entries()) {
      const far = place ? (place[0] - left) ** 2 + (place[1] - top) ** 2 : Number.POSITIVE_INFINITY;
      if (far < best.far) best = { at, far };
    }
    return best.at;
  };
  const told = near >= 0 ? [x, y, ...(colour ? [colour] : [])].map((axis) => `${axis.title} ${said(axis.values[near])}`).join(", ") : "";
  return (
    <div class="scatter" ref={box}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${y.title} against ${x.title} of ${runs.length} runs`}
        style={{ width: `${width}px`, height: `${height}px` }}
        onMouseMove={(event) => setNear(nearestTo(event))}
        onMouseLeave={() => setNear(-1)}
        onClick={(event) => {
          const at = nearestTo(event);
          if (at >= 0) tick(runs[at]!);
        }}
      />
      <p class="soft one-line">
        {near >= 0
          ? `${runs[near]} ${names[near]}: ${told}`
          : colour
            ? `${scales.colour?.kind === "words" ? "signs" : "the stronger, the higher"}: ${colour.title}`
            : "a click ticks a run"}
      </p>
    </div>
  );
}

function ready(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  const pen = canvas.getContext("2d")!;
  pen.scale(devicePixelRatio, devicePixelRatio);
  pen.font = `11px ${token("--sans")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  return pen;
}
