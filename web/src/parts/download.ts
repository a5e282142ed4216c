// Tables and charts as files. A cell that a spreadsheet would take for a formula is quoted as text.

export function download(name: string, data: string | Blob, type = "application/octet-stream"): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(typeof data === "string" ? new Blob([data], { type }) : data);
  link.download = name.replace(/[^\w.@-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

type Value = string | number | null | undefined;
type Exported<R> = { title: string; text?: (row: R) => Value };

/** Comma-separated values (RFC 4180) of the columns that have a text. */
export function toCsv<R>(columns: readonly Exported<R>[], rows: readonly R[]): string {
  const told = columns.filter((column) => column.text);
  return csv([told.map((column) => column.title), ...rows.map((row) => told.map((column) => column.text!(row)))]);
}

/** Lines of values, RFC 4180. */
export function csv(lines: readonly (readonly Value[])[]): string {
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value: Value): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
