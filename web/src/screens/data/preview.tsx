// The beginning of a file: its first rows beneath headings that say what each column holds, or its text, or its picture.
import { useAsk } from "../../api/ask";
import { type Answer, address } from "../../api/client";
import { Histogram, inWords } from "../../charts/histogram";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { count, num, said, size } from "../../parts/words";
import type { Version } from "./dataset";

type Looked = Answer<"data.preview">;
const ROWS = 50;

export function Preview({ version, path }: { version: Version; path: string }) {
  const ref = `${version.dataset}@v${version.number}`;
  const looked = useAsk("data.preview", { ref, rows: ROWS, ...(path ? { path } : {}) });
  const known = looked.value;
  const note = known && (
    <>
      <span class="mono">{known.name}</span>, {size(known.size)}
      {known.kind === "table" && `, ${held(known)}`}
    </>
  );
  return (
    <Panel
      title="Preview"
      note={note}
      actions={
        known && (
          <a href={address("content.get", { digest: known.digest })} download={known.name.split("/").at(-1)}>
            download
          </a>
        )
      }
    >
      <Answered of={looked}>{(one) => <Shown looked={one} />}</Answered>
    </Panel>
  );
}

function held({ counted = 0, whole = true, columns = [] }: Looked): string {
  return `${count(columns.length, "column")}; the headings tell of ${whole ? "all" : "the first"} ${count(counted, "row")}`;
}

function Shown({ looked }: { looked: Looked }) {
  if (looked.kind === "table") return <Rows looked={looked} />;
  if (looked.kind === "text") return <pre class="raw">{looked.text}</pre>;
  if (looked.kind === "image") return <img class="picture" src={address("content.get", { digest: looked.digest })} alt={looked.name} />;
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
