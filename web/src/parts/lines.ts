// A log as lines, put together from pieces of bytes as they arrive. Lines of several streams may be torn by one another: each is made of
// what its own stream has said. Pure: no network, no page.
import { parse, plain, type Style } from "./ansi";

export type Mark = { offset: number; at: number; stream: string };
export type Line = { text: string; stream: string; at: number; from?: Style };
export type Part = { data: Uint8Array; offset: number; marks: readonly Mark[] };

type Open = { text: string; decoder: TextDecoder; style: Style | undefined; at: number };

/** The lines of the parts of a log in their order. `open` are lines that have no end yet, one of each stream at most. */
export class Lines {
  readonly list: Line[] = [];
  private readonly streams = new Map<string, Open>();
  private cut: boolean;

  /** `begins` False: the first part begins within a line, which is left out. */
  constructor(begins: boolean) {
    this.cut = !begins;
  }

  add(part: Part): void {
    let { data, offset } = part;
    if (this.cut) {
      const end = data.indexOf(10) + 1;
      if (!end) return;
      data = data.subarray(end);
      offset += end;
      this.cut = false;
    }
    const end = offset + data.length;
    const marks = part.marks.length ? part.marks : [{ offset: 0, at: 0, stream: "stdout" }];
    for (const [at, mark] of marks.entries()) {
      const from = Math.max(offset, mark.offset);
      const to = Math.min(end, marks[at + 1]?.offset ?? end);
      if (from < to) this.said(mark, data.subarray(from - offset, to - offset));
    }
  }

  /** What has no line end yet. */
  open(): Line[] {
    const lines = [...this.streams].map(([stream, open]) => lineOf(open.text, stream, open.at, open.style));
    return lines.filter((line) => line.text !== "");
  }

  private said(mark: Mark, data: Uint8Array): void {
    const open = this.streams.get(mark.stream) ?? { text: "", decoder: new TextDecoder(), style: undefined, at: mark.at };
    this.streams.set(mark.stream, open);
    open.at = mark.at;
    const texts = (open.text + open.decoder.decode(data, { stream: true })).split("\n");
    for (let at = 0; at < texts.length - 1; at++) {
      const line = lineOf(texts[at]!, mark.stream, mark.at, open.style);
      this.list.push(line);
      if (line.text.includes("\x1b")) open.style = ended(line);
    }
    const rest = texts.at(-1)!;
    open.text = overwritten(rest) + (rest.endsWith("\r") ? "\r" : ""); // the next piece may overwrite it
  }
}

function lineOf(text: string, stream: string, at: number, from: Style | undefined): Line {
  const line: Line = { text: overwritten(text), stream, at };
  if (from && Object.keys(from).length) line.from = from;
  return line;
}

function ended(line: Line): Style {
  return parse(line.text, line.from).to;
}

/** What is left of a line after carriage returns: a bar of progress shows its last state. */
export function overwritten(text: string): string {
  return text.includes("\r") ? (text.split("\r").findLast((state) => state !== "") ?? "") : text;
}

const FAULT = new RegExp(
  [
    "^Traceback \\(most recent call last\\)",
    "\\b(?:ERROR|FATAL|CRITICAL|SEVERE)\\b",
    "^\\s*(?:[\\w.]+\\.)?\\w*(?:Error|Exception|Interrupt)\\b(?::|$)",
    "^(?:fatal|fatal error|error)(?:\\[\\w+\\])?:",
    "\\bpanic(?:ked)?(?:\\b.*\\bat\\b|:)",
    "\\bSegmentation fault\\b|\\bcore dumped\\b|\\bBus error\\b",
    "^Killed$|\\bout of memory\\b|\\bOOM\\b",
    "^Caused by: ",
  ].join("|"),
);
const HARMLESS = /\b(?:0|no) errors?\b|\berrors?[:= ]+0\b/i;

/** Whether a line looks like where something went wrong. */
export function isFault(text: string): boolean {
  return FAULT.test(text) && !HARMLESS.test(text);
}

/** The first line at or behind `from` that looks like an error, -1 for none. */
export function nextFault(lines: readonly Line[], from = 0): number {
  for (let at = Math.max(0, from); at < lines.length; at++) if (isFault(plain(lines[at]!.text))) return at;
  return -1;
}

/** The places of all lines that hold a text, whatever its case. */
export function hits(lines: readonly Line[], text: string): number[] {
  if (!text) return [];
  const wanted = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  const found: number[] = [];
  for (let at = 0; at < lines.length; at++) if (wanted.test(plain(lines[at]!.text))) found.push(at);
  return found;
}

/** How many rows of `columns` characters a line takes; wide characters take two, a tab goes to the next multiple of eight. */
export function rowsOf(text: string, columns: number): number {
  let column = 0;
  let rows = 1;
  for (const letter of plain(text)) {
    const width = letter === "\t" ? 8 - (column % 8) : letter.codePointAt(0)! >= 0x1100 && WIDE.test(letter) ? 2 : 1;
    if (column + width > columns) {
      rows++;
      column = 0;
    }
    column += width;
  }
  return rows;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]|[\u{20000}-\u{3fffd}]/u;
