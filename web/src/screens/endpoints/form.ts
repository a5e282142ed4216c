// The try-it box: a request to an endpoint as a form, made from what the model takes, and as the lines that ask the same elsewhere.
import type { Schema } from "../../api/client";
import { num } from "../../parts/words";

export type Column = Schema<"Column">;
export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;
export type Field = {
  name: string;
  kind: "number" | "integer" | "choice" | "yes or no" | "moment" | "text";
  /** What it may be, in words: `0 to 42, may be missing`. */
  hint: string;
  options: readonly string[];
};

/** The fields of a form for the columns that a model takes. */
export function fieldsOf(columns: readonly Column[]): Field[] {
  return columns.map((column) => {
    const kind = kindOf(column);
    const parts = [column.type];
    if (column.lowest != null && column.highest != null) parts.push(`${num(column.lowest)} to ${num(column.highest)} seen`);
    if (column.categories) parts.push(`${column.categories.length} words seen`);
    if (column.nullable) parts.push("may be missing");
    return { name: column.name, kind, hint: parts.join(", "), options: column.categories ?? [] };
  });
}

function kindOf(column: Column): Field["kind"] {
  if (column.type === "boolean") return "yes or no";
  if (column.type === "int64") return "integer";
  if (column.type === "float64") return "number";
  if (column.type === "datetime") return "moment";
  return column.categories?.length ? "choice" : "text";
}

type Looked = { columns?: readonly { name: string }[]; rows?: readonly (readonly unknown[])[] };

/** The rows of a sample as requests take them: the model's columns alone; none where the sample lacks one. */
export function sampled(columns: readonly Column[], sample: Looked | undefined): Row[] {
  const places = columns.map((column) => (sample?.columns ?? []).findIndex((one) => one.name === column.name));
  if (places.includes(-1)) return [];
  return (sample?.rows ?? []).map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[places[at]!] as Cell])));
}

/** A row to begin with where no real one is known: the middle of each range, the first of the words. */
export function middle(columns: readonly Column[]): Row {
  return Object.fromEntries(columns.map((column) => [column.name, start(column)]));
}

function start(column: Column): Cell {
  const kind = kindOf(column);
  if (kind === "yes or no") return false;
  if (kind === "choice") return column.categories![0]!;
  if (kind === "text") return "";
  if (kind === "moment") return "2026-01-01T00:00:00";
  const centre = ((column.lowest ?? 0) + (column.highest ?? 0)) / 2;
  return kind === "integer" ? Math.round(centre) : Number(centre.toPrecision(6));
}

/** What was typed into a field as the value that is sent; an empty field is a missing value. */
export function read(field: Field, typed: string): Cell {
  if (typed === "" && field.kind !== "text") return null;
  if (field.kind === "number" || field.kind === "integer") return Number.isFinite(Number(typed)) ? Number(typed) : typed;
  return field.kind === "yes or no" ? typed === "true" : typed;
}

export function typed(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** The body of a request, and what is wrong with it as JSON. */
export function parse(text: string): { body?: unknown; problem?: string } {
  try {
    return { body: JSON.parse(text) };
  } catch (error) {
    return { problem: `this is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The first row of a request where it is an object by name; a form can show no other. */
export function rowOf(text: string): Row | null {
  const { body } = parse(text);
  const rows = (body as { rows?: unknown } | undefined)?.rows;
  const row = Array.isArray(rows) ? rows[0] : undefined;
  return row && typeof row === "object" && !Array.isArray(row) ? (row as Row) : null;
}

/** The request with this value in its first row; everything else stays as it was written. */
export function withCell(text: string, name: string, value: Cell): string {
  const body = parse(text).body as { rows: Row[] };
  return pretty({ ...body, rows: [{ ...body.rows[0], [name]: value }, ...body.rows.slice(1)] });
}

export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curl(address: string, text: string, guarded: boolean): string {
  const token = guarded ? `-H "Authorization: Bearer $TREADLE_TOKEN" ` : "";
  const body = parse(text).body;
  return `curl -s ${address}/predict ${token}-H 'Content-Type: application/json' -d ${quoted(body === undefined ? text : JSON.stringify(body))}`;
}

/** The same with nothing but what comes with Python. */
export function python(address: string, text: string, guarded: boolean): string {
  const body = parse(text).body;
  const headers = guarded
    ? `{"Content-Type": "application/json", "Authorization": f"Bearer {os.environ['TREADLE_TOKEN']}"}`
    : `{"Content-Type": "application/json"}`;
  return [
    guarded ? "import json, os, urllib.request" : "import json, urllib.request",
    "",
    `body = json.loads(${JSON.stringify(JSON.stringify(body ?? null))})`,
    `request = urllib.request.Request("${address}/predict", json.dumps(body).encode(), ${headers})`,
    "print(json.load(urllib.request.urlopen(request)))",
  ].join("\n");
}
