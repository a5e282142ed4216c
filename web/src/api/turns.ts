// Asks again and again as long as something goes on and is looked at, and once more when it has ended: for what changes without news of
// its own.
import { useEffect, useRef } from "preact/hooks";

export function useTurns(live: boolean, again: () => void, pause = 2000): void {
  const latest = useRef(again);
  latest.current = again;
  const went = useRef(live);
  useEffect(() => {
    if (went.current && !live) latest.current();
    went.current = live;
    if (!live) return;
    const timer = setInterval(() => !document.hidden && latest.current(), pause);
    return () => clearInterval(timer);
  }, [live, pause]);
}
