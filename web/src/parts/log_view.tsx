// The rows of a log: only those in sight are in the page, and those that somebody has selected. Heights are known without measuring.
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { classOf, parse, plain } from "./ansi";
import { type Line, rowsOf } from "./lines";

export const ROW = 17; // pixels, as in log.css; a million rows still fit into the largest height that browsers take
const BESIDE = 25; // rows drawn above and below what is in sight
const MOST_SELECTED = 5000;

type Props = {
  lines: readonly Line[];
  wrap: boolean;
  times: boolean;
  /** The number of the first line; null where it is not known, because what comes before was not fetched. */
  first: number | null;
  find: string;
  hit: number;
  /** Scrolls with the end as long as it grows. */
  follow: boolean;
  setFollow: (follow: boolean) => void;
  /** A line to show, and a number that changes each time it is to be shown. */
  goal: { line: number; turn: number };
  label: string;
};

export function LogView({ lines, wrap, times, first, find, hit, follow, setFollow, goal, label }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: 500, columns: 120 });
  const [selected, setSelected] = useState<[number, number] | null>(null);
  const everything = useRef(false);
  const gutter = (first === null ? 1 : String(first + lines.length).length + 1) + (times ? 10 : 0) + 2;
  const columns = Math.max(20, sight.columns - gutter);
  const tops = useMemo(() => (wrap ? topsOf(lines, columns) : null), [wrap, columns, lines, lines.length]);
  const topOf = (line: number) => (tops ? tops[line]! : line) * ROW;
  const lineAt = (top: number) => (tops ? place(tops, top / ROW) : Math.floor(top / ROW));
  useSize(box, setSight);
  useSelection(box, setSelected);
  const height = topOf(lines.length);
  const seen = useRef({ height: 0, ending: lines.at(-1) });
  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = { height, ending: lines.at(-1) };
    if (follow) box.current!.scrollTop = height;
    else if (before.ending && before.ending === lines.at(-1) && height > before.height) box.current!.scrollTop += height - before.height;
  }, [height, lines, follow]);
  useLayoutEffect(() => {
    if (goal.turn === 0) return;
    const top = topOf(goal.line);
    const { scrollTop, clientHeight } = box.current!;
    if (top < scrollTop + ROW || top > scrollTop + clientHeight - 2 * ROW) box.current!.scrollTop = Math.max(0, top - clientHeight / 3);
  }, [goal.turn, goal.line]);
  const top = Math.max(0, Math.min(sight.top, height - sight.height)); // fewer lines than a moment ago: the box has not scrolled back yet
  const from = Math.max(0, Math.min(lineAt(top) - BESIDE, selected?.[0] ?? lines.length));
  const to = Math.min(lines.length - 1, Math.max(lineAt(top + sight.height) + BESIDE, selected?.[1] ?? 0));
  const copied = (event: ClipboardEvent) => {
    if (!everything.current) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", lines.map((line) => plain(line.text)).join("\n"));
  };
  const pressed = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "a") return;
    event.preventDefault();
    everything.current = true;
    getSelection()?.selectAllChildren(box.current!);
  };
  return (
    <div
      class={`log-view ${wrap ? "wrap" : ""}`}
      ref={box}
      role="log"
      aria-live="off"
      aria-label={label}
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
        setSight((now) => ({ ...now, top: scrollTop, height: clientHeight }));
        const atEnd = scrollTop + clientHeight >= scrollHeight - 2 * ROW;
        if (atEnd !== follow && scrollTop !== sight.top) setFollow(atEnd);
      }}
      onCopy={copied}
      onKeyDown={pressed}
      onPointerDown={() => {
        everything.current = false;
      }}
    >
      <div style={{ height: `${topOf(from)}px` }} />
      {lines.slice(from, to + 1).map((line, index) => (
        <Row
          key={from + index}
          line={line}
          place={from + index}
          number={first === null ? null : first + from + index}
          gutter={gutter}
          times={times}
          find={find}
          now={from + index === hit}
          height={tops ? (tops[from + index + 1]! - tops[from + index]!) * ROW : ROW}
        />
      ))}
      <div style={{ height: `${Math.max(0, height - topOf(to + 1))}px` }} />
    </div>
  );
}

type RowProps = {
  line: Line;
  place: number;
  number: number | null;
  gutter: number;
  times: boolean;
  find: string;
  now: boolean;
  height: number;
};

const Row = memo(function Row({ line, place, number, gutter, times, find, now, height }: RowProps) {
  return (
    <div
      class={`log-row ${line.stream} ${now ? "now" : ""}`}
      data-line={place}
      style={{ height: `${height}px`, paddingLeft: `${gutter}ch` }}
    >
      <span class="log-edge" aria-hidden="true">
        {number !== null && number} {times && line.at > 0 && clock(line.at)}{" "}
        {line.stream === "stdout" ? "" : line.stream === "stderr" ? "!" : "·"}
      </span>
      {parse(line.text, line.from).pieces.map(({ text, style }, at) => {
        const name = classOf(style);
        const shown = find ? marked(text, find) : text;
        return name ? (
          <span key={at} class={name}>
            {shown}
          </span>
        ) : (
          shown
        );
      })}
      {"\n"}
    </div>
  );
});

function marked(text: string, find: string) {
  const wanted = find.toLowerCase();
  const lower = text.toLowerCase();
  const made = [];
  let at = 0;
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, at)) {
    made.push(text.slice(at, found), <mark>{text.slice(found, found + wanted.length)}</mark>);
    at = found + wanted.length;
  }
  return made.length ? [...made, text.slice(at)] : text;
}

function clock(at: number): string {
  return new Date(at * 1000).toTimeString().slice(0, 8);
}

/** In which row each line begins, and behind the last one how many rows there are. */
function topsOf(lines: readonly Line[], columns: number): Uint32Array {
  const tops = new Uint32Array(lines.length + 1);
  for (let at = 0; at < lines.length; at++) tops[at + 1] = tops[at]! + rowsOf(lines[at]!.text, columns);
  return tops;
}

/** The last line that begins at or before a row. */
function place(tops: Uint32Array, row: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

type Sight = { top: number; height: number; columns: number };

function useSize(box: { current: HTMLDivElement | null }, set: (change: (now: Sight) => Sight) => void): void {
  useEffect(() => {
    const shown = box.current!;
    const measure = () => {
      const probe = document.createElement("span");
      probe.className = "log-probe";
      probe.textContent = "0".repeat(100);
      shown.append(probe);
      const letter = probe.getBoundingClientRect().width / 100;
      probe.remove();
      if (letter) set((now) => ({ ...now, height: shown.clientHeight, columns: Math.floor((shown.clientWidth - 16) / letter) }));
    };
    const seen = new ResizeObserver(measure);
    seen.observe(shown);
    return () => seen.disconnect();
  }, []);
}

/** Which rows somebody has selected: they stay in the page while it is scrolled, so that the selection stays, too. */
function useSelection(box: { current: HTMLDivElement | null }, set: (range: [number, number] | null) => void): void {
  useEffect(() => {
    const changed = () => {
      const selection = getSelection();
      const ends = [selection?.anchorNode, selection?.focusNode].map(lineOf);
      if (!selection || selection.isCollapsed || !box.current?.contains(selection.anchorNode)) set(null);
      else if (ends[0] !== null && ends[1] !== null) {
        const range = [Math.min(ends[0]!, ends[1]!), Math.max(ends[0]!, ends[1]!)] as [number, number];
        set(range[1] - range[0] < MOST_SELECTED ? range : null);
      }
    };
    document.addEventListener("selectionchange", changed);
    return () => document.removeEventListener("selectionchange", changed);
  }, []);
}

function lineOf(node: Node | null | undefined): number | null {
  const element = node instanceof Element ? node : node?.parentElement;
  const row = element?.closest<HTMLElement>("[data-line]");
  return row ? Number(row.dataset.line) : null;
}
