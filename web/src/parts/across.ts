// Which columns of a wide table are in sight. The first one always is: it says what a row is.
import { useEffect, useState } from "preact/hooks";

const ALL_AT_ONCE = 30; // columns that are drawn without asking
const BEYOND = 200; // pixels on either side that are drawn already
const STEP = 6; // columns by which that changes: most frames draw nothing

export type Across = { wide: boolean; first: number; last: number };

export function useAcross(box: { current: HTMLElement | null }, widths: readonly number[]): Across {
  const wide = widths.length > ALL_AT_ONCE;
  const [sight, setSight] = useState({ first: 1, last: ALL_AT_ONCE });
  const key = widths.join();
  useEffect(() => {
    const element = box.current;
    if (!wide || !element) return;
    const look = () => {
      const now = stepped(inSight(widths, element.scrollLeft - BEYOND, element.scrollLeft + element.clientWidth + BEYOND));
      setSight((before) => (before.first === now.first && before.last === now.last ? before : now));
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      watch.disconnect();
    };
  }, [wide, key]);
  return wide ? { wide, ...sight, last: Math.min(sight.last, widths.length - 1) } : { wide, first: 1, last: widths.length - 1 };
}

function stepped({ first, last }: { first: number; last: number }): { first: number; last: number } {
  return { first: Math.floor((first - 1) / STEP) * STEP + 1, last: Math.ceil(last / STEP) * STEP };
}

/** The columns behind the first that lie between two places. */
export function inSight(widths: readonly number[], from: number, to: number): { first: number; last: number } {
  let left = widths[0] ?? 0;
  let first = 1;
  while (first < widths.length - 1 && left + widths[first]! < from) left += widths[first++]!;
  let last = first;
  let right = left + (widths[first] ?? 0);
  while (last < widths.length - 1 && right < to) right += widths[++last]!;
  return { first, last };
}
