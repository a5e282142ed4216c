// Numbers, moments and sizes in words. Times are seconds since 1970, as everywhere in the record.

export function took(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "—";
  if (seconds < 0.001) return "0 s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${pad((seconds % 3600) / 60)} min`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

export function ago(at: number, now = Date.now() / 1000): string {
  const passed = now - at;
  if (passed < -1) return `in ${rough(-passed)}`;
  return passed < 5 ? "just now" : `${rough(passed)} ago`;
}

function rough(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `2026-11-27 09:15:02` in the viewer's zone. */
export function moment(at: number): string {
  const date = new Date(at * 1000);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

export function utc(at: number): string {
  return `${new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "—";
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A number with the digits that tell: `0.4704`, `12,379`, `3.1e-5`; None of the record is "not a number". */
export function num(value: number | null | undefined): string {
  if (value === null || value === undefined) return "NaN";
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  const strength = Math.abs(value);
  if (strength < 1e-3 || strength >= 1e9) return value.toExponential(2).replace("e+", "e");
  if (strength >= 1000) return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  return String(Number(value.toPrecision(4)));
}

/** Any value of the record as one line of text. */
export function said(value: unknown): string {
  if (typeof value === "number") return num(value);
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "—";
  return JSON.stringify(value);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
