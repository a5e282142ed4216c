// A strip of cells: rows by moments, with signs and words, so that nothing is told by the shade alone. It is one stop of the Tab key;
// arrows, Home and End move within, Enter opens a cell, and the numbers of the cell one is at are told in words beneath.
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import "./heat.css";

export type HeatCell = {
  /** How strong, from 0; 1 and more is over the threshold. */
  score: number | null;
  sign: string;
  tone: string;
  words: string;
};
export type HeatLine = { key: string; label: ComponentChildren; title?: string; cells: readonly (HeatCell | null)[] };
export type HeatBar = { from: number; to: number; open: boolean; words: string; key: string | number; href: string; level: number };
export type HeatMark = { at: number; words: string; sign: string };

type Props = {
  label: string;
  columns: readonly { name: string; title: string }[];
  lines: readonly HeatLine[];
  marks?: readonly HeatMark[];
  bars?: readonly HeatBar[];
  open: (line: string, column: number) => void;
  /** The cell that is open. */
  chosen?: { line: string; column: number } | undefined;
};

export function Heat({ label, columns, lines, marks = [], bars = [], open, chosen }: Props) {
  const grid = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState<[number, number]>([0, Math.max(0, columns.length - 1)]);
  const [told, setTold] = useState("");
  const row = Math.min(at[0], lines.length - 1);
  const column = Math.min(at[1], columns.length - 1);
  const go = (nextRow: number, nextColumn: number) => {
    const place: [number, number] = [clamp(nextRow, lines.length), clamp(nextColumn, columns.length)];
    setAt(place);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${place[0]} ${place[1]}"]`)?.focus();
  };
  const pressed = (event: KeyboardEvent) => {
    const next = step(event.key, row, column, columns.length);
    if (!next) return;
    event.preventDefault();
    go(...next);
  };
  return (
    <div class="heat">
      <div class="heat-scroll">
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: cells of this table are moved between with arrows */}
        <table ref={grid} role="grid" aria-label={label} onKeyDown={pressed}>
          <thead>
            {marks.length > 0 && <Marks marks={marks} count={columns.length} />}
            <tr>
              <th scope="col">
                <span class="unseen">what</span>
              </th>
              {columns.map((one) => (
                <th key={one.name} scope="col" title={one.title}>
                  {one.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line, place) => (
              <tr key={line.key}>
                <th scope="row" title={line.title}>
                  {line.label}
                </th>
                {columns.map((one, index) => {
                  const cell = line.cells[index];
                  const here = place === row && index === column;
                  const isChosen = chosen?.line === line.key && chosen.column === index;
                  return (
                    <td
                      key={one.name}
                      data-cell={`${place} ${index}`}
                      tabIndex={here ? 0 : -1}
                      aria-label={cell?.words ?? `${one.title}: nothing`}
                      aria-current={isChosen ? "true" : undefined}
                      class={`${cell?.tone ?? "none"}${isChosen ? " chosen" : ""}`}
                      style={cell?.score == null ? {} : { "--strength": `${strength(cell.score)}%` }}
                      onFocus={() => {
                        setAt([place, index]);
                        setTold(cell?.words ?? "");
                      }}
                      onPointerEnter={() => setTold(cell?.words ?? "")}
                      onClick={() => cell && open(line.key, index)}
                      onKeyDown={(event) => {
                        if ((event.key === "Enter" || event.key === " ") && cell) {
                          event.preventDefault();
                          open(line.key, index);
                        }
                      }}
                    >
                      <span aria-hidden="true">{cell?.sign}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
          {bars.length > 0 && <Bars bars={bars} count={columns.length} />}
        </table>
      </div>
      <p class="told" aria-live="polite">
        {told || "Point at a cell, or move with the arrows; Enter opens it."}
      </p>
    </div>
  );
}

const clamp = (place: number, count: number) => Math.max(0, Math.min(count - 1, place));

/** Shades of the strip: white at nothing, half as strong as it can be at twice the threshold: signs stay legible. */
function strength(score: number): number {
  return Math.round(8 + 42 * Math.max(0, Math.min(1, score / 2)));
}

export function step(key: string, row: number, column: number, columns: number): [number, number] | null {
  if (key === "ArrowRight") return [row, column + 1];
  if (key === "ArrowLeft") return [row, column - 1];
  if (key === "ArrowDown") return [row + 1, column];
  if (key === "ArrowUp") return [row - 1, column];
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, columns - 1];
  return null;
}

function Marks({ marks, count }: { marks: readonly HeatMark[]; count: number }) {
  return (
    <tr class="marks">
      <th scope="row">releases</th>
      {Array.from({ length: count }, (_, place) => {
        const here = marks.filter((mark) => mark.at === place);
        return (
          <td key={place} title={here.map((mark) => mark.words).join("; ")}>
            {here.map((mark) => (
              <span key={mark.words} class="accent">
                {mark.sign}
                <span class="unseen">{mark.words}</span>
              </span>
            ))}
          </td>
        );
      })}
    </tr>
  );
}

/** Alarms beneath the strip: a bar from the window that opened it to the one that closed it; an open end has an arrow. */
function Bars({ bars, count }: { bars: readonly HeatBar[]; count: number }) {
  const levels = [...new Set(bars.map((bar) => bar.level))].sort((a, b) => a - b);
  return (
    <tfoot>
      {levels.map((level, index) => (
        <tr key={level} class="bars">
          <th scope="row">{index === 0 ? "alarms" : <span class="unseen">more alarms</span>}</th>
          {spread(
            bars.filter((bar) => bar.level === level),
            count,
          ).map((part) =>
            typeof part === "number" ? (
              <td key={`gap ${part}`} />
            ) : (
              <td key={part.key} colSpan={part.to - part.from + 1}>
                <a class={part.open ? "bar open" : "bar"} href={part.href} title={part.words} aria-label={part.words}>
                  <span>{part.words}</span>
                  {part.open && <i aria-hidden="true">▸</i>}
                </a>
              </td>
            ),
          )}
        </tr>
      ))}
    </tfoot>
  );
}

/** Bars of one level in order, and the places between them that are empty. */
export function spread<B extends { from: number; to: number }>(bars: readonly B[], count: number): (B | number)[] {
  const made: (B | number)[] = [];
  let place = 0;
  for (const bar of [...bars].sort((a, b) => a.from - b.from)) {
    while (place < bar.from) made.push(place++);
    made.push(bar);
    place = bar.to + 1;
  }
  while (place < count) made.push(place++);
  return made;
}
