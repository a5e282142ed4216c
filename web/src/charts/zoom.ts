// Which range of its axis a chart of curves shows. It stands in the address, and the server is asked for the points of that range.
import { useParam } from "../state/url";
import type { Axis, Range } from "./lines";

type Bounds = { start?: number; end?: number; since?: number; until?: number };

/** The range, how to change it (null: the whole), and what a request for points says of it. `param` is its name in the address. */
export function useZoom(axis: Axis, param = "zoom"): { range: Range | null; zoom: (to: Range | null) => void; bounds: Bounds } {
  const [text, set] = useParam(param);
  const range = rangeOf(text);
  return { range, zoom: (to) => set(written(to), true), bounds: boundsOf(axis, range) };
}

/** A range as the address writes it. */
export function written(range: Range | null): string {
  return range ? range.map((edge) => Number(edge.toPrecision(12))).join("..") : "";
}

export function rangeOf(text: string): Range | null {
  const [from, to] = text.split("..").map(Number);
  return from !== undefined && to !== undefined && from < to ? [from, to] : null;
}

export function boundsOf(axis: Axis, range: Range | null): Bounds {
  if (!range) return {};
  return axis === "step" ? { start: Math.floor(range[0]), end: Math.ceil(range[1]) } : { since: range[0], until: range[1] };
}
