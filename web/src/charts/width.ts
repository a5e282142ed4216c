// How wide something is on the page, so that a drawing in it is drawn in its own pixels and its letters keep their size.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useWidth<E extends Element>(otherwise = 640) {
  const box = useRef<E>(null);
  const [width, setWidth] = useState(otherwise);
  useLayoutEffect(() => {
    const measured = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width) || otherwise));
    measured.observe(box.current!);
    return () => measured.disconnect();
  }, []);
  return { box, width };
}
