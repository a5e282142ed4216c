// Which box of a graph an arrow key leads to: right and left from layer to layer, up and down within one. Pure.
import type { Placed } from "../../charts/layout";

const SAME = 1; // pixels within which two boxes stand in the same layer

/** The box that a key leads to from `from`; null where it leads nowhere. Every box can be reached: no layer is passed over. */
export function walked(boxes: Placed["boxes"], from: string, key: string): string | null {
  const here = boxes[from];
  if (!here) return null;
  const all = Object.entries(boxes).filter(([id]) => id !== from);
  const inLayer = (x: number) => all.filter(([, place]) => Math.abs(place.x - x) <= SAME);
  const nearest = (some: typeof all) => some.sort(([, a], [, b]) => Math.abs(a.y - here.y) - Math.abs(b.y - here.y))[0]?.[0] ?? null;
  if (key === "ArrowDown") return nearest(inLayer(here.x).filter(([, place]) => place.y > here.y));
  if (key === "ArrowUp") return nearest(inLayer(here.x).filter(([, place]) => place.y < here.y));
  const layers = all.map(([, place]) => place.x);
  if (key === "ArrowRight") return nearest(inLayer(Math.min(...layers.filter((x) => x > here.x + SAME))));
  if (key === "ArrowLeft") return nearest(inLayer(Math.max(...layers.filter((x) => x < here.x - SAME))));
  return null;
}
