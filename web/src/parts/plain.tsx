// A small table, drawn whole as it was written. What stands in it can be taken along as a file, like the rows of a large one.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { csv, download } from "./download";

type Props = {
  /** What the table tells, which is also the file's name. */
  label: string;
  /** A class of its own. */
  kind?: string;
  children: ComponentChildren;
};

export function Plain({ label, kind = "", children }: Props) {
  const table = useRef<HTMLTableElement>(null);
  return (
    <div class="plain-table">
      <section class="table-scroll" tabIndex={0} aria-label={label}>
        <table class={`plain ${kind}`} ref={table}>
          {children}
        </table>
      </section>
      <div class="table-foot">
        <span class="gap" />
        <button
          type="button"
          class="quiet"
          title="this table as a file"
          onClick={() => download(`${label}.csv`, csv(written(table.current!)), "text/csv")}
        >
          CSV<span class="unseen">{` of ${label}`}</span>
        </button>
      </div>
    </div>
  );
}

/** The words of each cell; a moment as the date that it is, however it is told. */
export function written(table: HTMLTableElement): string[][] {
  return [...table.rows].map((row) =>
    [...row.cells].flatMap((cell) => {
      const words = cell.querySelector("time")?.dateTime || (cell.textContent ?? "").replace(/\s+/g, " ").trim();
      return [words, ...Array<string>(Math.max(0, cell.colSpan - 1)).fill("")];
    }),
  );
}
