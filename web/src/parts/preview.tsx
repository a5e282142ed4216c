// The beginning of a file: its first rows beneath headings that say what each column holds, or its text, or its picture.
import { type Answer, address } from "../api/client";
import { Histogram, inWords } from "../charts/histogram";
import { count, num, said } from "./words";
import "./preview.css";

export type Looked = Answer<"data.preview">;

/** Rows that are asked for. */
export const ROWS = 50;

/** How much of a table the headings tell of. */
export function heldOf({ counted = 0, whole = true, columns = [] }: Looked): string {
  return `${count(columns.length, "column")}; the headings tell of ${whole ? "all" : "the first"} ${count(counted, "row")}`;
}

export function Preview({ of }: { of: Looked }) {
  if (of.kind === "table") return <Rows looked={of} />;
  if (of.kind === "text") {
    return (
      <pre class="raw">
        {of.text}
        {of.whole === false && "\n… there is more in the file"}
      </pre>
    );
  }
  if (of.kind === "image") return <img class="picture" src={address("content.get", { digest: of.digest })} alt={of.name} />;
  return <p class="soft">Bytes without a form that can be shown here: download them, or read them in Python.</p>;
}

function Rows({ looked }: { looked: Looked }) {
  const { columns = [], rows = [] } = looked;
  return (
    <section class="table-scroll preview" tabIndex={0} aria-label={`first rows of ${looked.name}`}>
      <table class="plain">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" title={`${column.name}: ${inWords(column)}`}>
                <span class="mono">{column.name}</span>
                <small>{column.type}</small>
                <Histogram now={column} />
                <small>{range(column)}</small>
                <small class={column.nulls ? "warn" : ""}>{column.nulls ? `! ${num(column.nulls)} missing` : "none missing"}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, place) => (
                <td key={place} class={typeof cell === "number" ? "n" : ""}>
                  {cell === null ? <i class="soft">missing</i> : typeof cell === "number" ? plain(cell) : said(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Numbers of data as they are: a year is not 2,013. */
function plain(value: number): string {
  return Number.isInteger(value) ? String(value) : num(value);
}

function range(column: NonNullable<Looked["columns"]>[number]): string {
  if (column.lowest !== null && column.lowest !== undefined) return `${plain(column.lowest)} to ${plain(column.highest!)}`;
  return column.distinct ? `${num(column.distinct)} different` : "";
}
