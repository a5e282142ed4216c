// A table for any number of rows: those in sight are drawn, headings stay, and everything works with the keyboard.
// Sorting, filtering and paging are the server's; a table shows what it is given.
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import { Component, type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useKeys } from "../state/keys";
import { useAcross } from "./across";
import { download, toCsv } from "./download";

const ROW = 29; // pixels, as --row in the token sheet
const ALL_AT_ONCE = 60; // rows that a table without a height of its own draws without asking what is in sight

export type Column<R> = {
  key: string;
  title: string;
  cell: (row: R) => ComponentChildren;
  /** The value in an exported file; without it the column is not exported. */
  text?: (row: R) => string | number | null | undefined;
  /** What the server sorts by; a heading with it can be pressed. */
  sort?: string;
  numeric?: boolean;
  /** Pixels; columns without one share what is left. */
  width?: number;
  hint?: string;
};

type Props<R> = {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  keyOf: (row: R) => string | number;
  /** Where a row leads: Enter and a click open it. */
  open?: (row: R) => string | null;
  /** `-metrics.auc` sorts by it, the highest first. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Ticked rows, by key. */
  ticked?: ReadonlySet<string | number>;
  onTick?: (row: R) => void;
  /** The sign of a ticked row, which stands for it in charts, too. */
  sign?: (row: R) => ComponentChildren;
  tone?: (row: R) => string;
  /** Called when the end comes into sight. */
  more?: (() => void) | undefined;
  total?: number | undefined;
  /** Scrolls within this height (CSS) instead of growing with the page. */
  height?: string;
  /** The page's main table: j, k, x and Enter work without a click into it. */
  main?: boolean;
  /** The name of the file that the rows can be taken along as: the label, unless another is given; "" where a page exports them itself. */
  file?: string;
};

export function Table<R>(props: Props<R>) {
  const { label, rows, columns, keyOf, open, sort, onSort, ticked, onTick, sign, more, total, height, main = false, file = label } = props;
  const { route } = useLocation();
  const box = useRef<HTMLElement>(null);
  const [at, setAt] = useState(-1);
  const scrolls = height !== undefined || rows.length > ALL_AT_ONCE;
  const sight = useSight(box, rows.length, scrolls);
  const move = (step: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + step));
    setAt(next);
    if (scrolls) sight.show(next);
    else box.current?.querySelector(`[data-row="${next}"]`)?.scrollIntoView({ block: "nearest" });
  };
  const act = (key: string): boolean => {
    const row = rows[at];
    if (key === "j" || key === "ArrowDown") move(1);
    else if (key === "k" || key === "ArrowUp") move(-1);
    else if (key === "x" && row && onTick) onTick(row);
    else if (key === "Enter" && row && open?.(row)) route(open(row)!);
    else return false;
    return true;
  };
  useKeys(main ? { j: () => act("j"), k: () => act("k"), x: () => act("x"), Enter: () => act("Enter") } : {});
  useEffect(() => {
    if (more && sight.last >= rows.length - 20) more();
  }, [sight.last, rows.length, more]);
  const widths = columns.map((column) => column.width ?? 130);
  const width = sumOf(widths) + (sign || onTick ? 46 : 0);
  const across = useAcross(box, widths);
  const head = columns[0];
  const shown = useMemo(() => columns.slice(across.first, across.last + 1), [columns, across.first, across.last]);
  const [left, right] = [sumOf(widths.slice(1, across.first)), sumOf(widths.slice(across.last + 1))]; // pixels of what is not drawn
  return (
    <div class={across.wide && (sign || onTick) ? "table wide" : "table"}>
      <section
        class="table-scroll"
        ref={box}
        tabIndex={0}
        aria-label={label}
        style={scrolls ? { maxHeight: height ?? "70vh", overflow: "auto" } : { overflowX: "auto" }}
        onKeyDown={(event) => {
          if (event.target === box.current && act(event.key)) event.preventDefault();
        }}
      >
        <table
          aria-rowcount={total ?? rows.length}
          aria-colcount={columns.length + (sign || onTick ? 1 : 0)}
          style={{ minWidth: `${width}px` }}
        >
          <colgroup>
            {(sign || onTick) && <col style={{ width: "46px" }} />}
            {head && <Col column={head} />}
            {left > 0 && <col style={{ width: `${left}px` }} />}
            {shown.map((column) => (
              <Col key={column.key} column={column} />
            ))}
            {right > 0 && <col style={{ width: `${right}px` }} />}
          </colgroup>
          <thead>
            <tr>
              {(sign || onTick) && (
                <th>
                  <span class="unseen">ticked</span>
                </th>
              )}
              {head && <Heading column={head} {...{ sort, onSort }} />}
              {left > 0 && <th aria-hidden="true" />}
              {shown.map((column) => (
                <Heading key={column.key} {...{ column, sort, onSort }} />
              ))}
              {right > 0 && <th aria-hidden="true" />}
            </tr>
          </thead>
          <tbody>
            <Spacer height={sight.before} />
            {rows.slice(sight.first, sight.last + 1).map((row, index) => {
              const place = sight.first + index;
              const key = keyOf(row);
              return (
                <Line
                  key={key}
                  {...{ row, place, head, shown, left, right, of: props, route, choose: setAt as (place: number) => void }}
                  at={place === at}
                  ticked={ticked?.has(key) ?? false}
                />
              );
            })}
            <Spacer height={sight.after} />
          </tbody>
        </table>
      </section>
      {file && rows.length > 0 && (
        <div class="table-foot">
          <span class="gap" />
          <button
            type="button"
            class="quiet"
            title="the rows shown here, as a file"
            onClick={() => download(`${file}.csv`, toCsv(columns, rows), "text/csv")}
          >
            CSV<span class="unseen">{` of ${label}`}</span>
          </button>
        </div>
      )}
    </div>
  );
}

function Col<R>({ column }: { column: Column<R> }) {
  return <col style={column.width ? { width: `${column.width}px` } : {}} />;
}

function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, 0);
}

type LineProps<R> = {
  row: R;
  place: number;
  head: Column<R> | undefined;
  shown: readonly Column<R>[];
  left: number;
  right: number;
  of: Props<R>;
  at: boolean;
  ticked: boolean;
  choose: (place: number) => void;
  route: (path: string) => void;
};

/** One row. While one scrolls only the rows that come into sight are made: those that are there already stay as they are. */
class Line<R> extends Component<LineProps<R>> {
  override shouldComponentUpdate(next: LineProps<R>): boolean {
    return (Object.keys(next) as (keyof LineProps<R>)[]).some((name) => next[name] !== this.props[name]);
  }

  override render() {
    const { row, place, head, shown, left, right, at, ticked, choose, route } = this.props;
    const { keyOf, open, tone, sign, onTick } = this.props.of;
    const path = open?.(row);
    return (
      <tr
        data-row={place}
        aria-rowindex={place + 2}
        class={`${at ? "at " : ""}${ticked ? "ticked " : ""}${tone?.(row) ?? ""}`}
        onClick={(event) => {
          choose(place);
          if (path && !within(event.target, "a, button, input, select, label")) route(path);
        }}
      >
        {(sign || onTick) && (
          <td class="tick">
            <label>
              <input type="checkbox" checked={ticked} aria-label={`tick ${keyOf(row)}`} onChange={() => onTick?.(row)} />
              {ticked && sign?.(row)}
            </label>
          </td>
        )}
        {head && <td class={head.numeric ? "n" : ""}>{head.cell(row)}</td>}
        {left > 0 && <td aria-hidden="true" />}
        {shown.map((column) => (
          <td key={column.key} class={column.numeric ? "n" : ""}>
            {column.cell(row)}
          </td>
        ))}
        {right > 0 && <td aria-hidden="true" />}
      </tr>
    );
  }
}

function Heading<R>({
  column,
  sort,
  onSort,
}: {
  column: Column<R>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const by = column.sort;
  const descending = by !== undefined && sort === `-${by}`;
  const ascending = by !== undefined && sort === by;
  return (
    <th
      class={column.numeric ? "n" : ""}
      scope="col"
      aria-sort={descending ? "descending" : ascending ? "ascending" : undefined}
      title={column.hint ?? column.title}
    >
      {by && onSort ? (
        <button type="button" onClick={() => onSort(descending ? by : `-${by}`)}>
          {column.title} {descending ? "↓" : ascending ? "↑" : ""}
        </button>
      ) : (
        column.title || <span class="unseen">actions</span>
      )}
    </th>
  );
}

function Spacer({ height }: { height: number }) {
  return height > 0 ? (
    <tr aria-hidden="true">
      <td class="spacer" style={{ height: `${height}px` }} />
    </tr>
  ) : null;
}

/** Which rows are drawn: those in sight and a step before and behind. They change by whole steps, so most frames draw nothing. */
function useSight(box: { current: HTMLElement | null }, count: number, scrolls: boolean) {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const drawn = useRef("");
  const rows = useMemo(
    () =>
      new Virtualizer<HTMLElement, HTMLTableRowElement>({
        count: 0,
        getScrollElement: () => box.current,
        estimateSize: () => ROW,
        overscan: 0,
        initialRect: { width: 1000, height: 800 },
        scrollToFn: elementScroll,
        observeElementRect,
        observeElementOffset,
        onChange: (now) => {
          if (stepped(now).join() !== drawn.current) redraw(undefined as never);
        },
      }),
    [],
  );
  rows.setOptions({ ...rows.options, count, enabled: scrolls });
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  const [first, last] = scrolls ? stepped(rows) : [0, count - 1];
  drawn.current = `${first},${last}`;
  return {
    first,
    last,
    before: first * ROW,
    after: Math.max(0, (count - 1 - last) * ROW),
    show: (row: number) => rows.scrollToIndex(row, { align: "auto" }),
  };
}

const STEP = 8; // rows

function stepped(rows: Virtualizer<HTMLElement, HTMLTableRowElement>): [first: number, last: number] {
  const items = rows.getVirtualItems();
  const [from, to] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 4 * STEP];
  const first = Math.max(0, (Math.floor(from / STEP) - 1) * STEP);
  return [first, Math.min(rows.options.count, (Math.ceil(to / STEP) + 1) * STEP) - 1];
}

function within(target: EventTarget | null, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}
