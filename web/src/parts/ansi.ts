// What terminals understand as colour, made into pieces of text with a style; everything else that a terminal obeys is left out.
// A style names tokens of the interface, never a colour of its own, and nothing is ever taken for HTML.

export type Style = { ink?: number; ground?: number; bold?: boolean; faint?: boolean; italic?: boolean; line?: boolean; turned?: boolean };
export type Piece = { text: string; style: Style };

const PLAIN: Style = {};
/** CSI sequences with their parameters and final letter, OSC sequences to their end, other two-letter escapes, and lone controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const ESCAPE = /\x1b\[([0-9:;<=>?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1f\x7f]/g;

/** The pieces of a line that begins in a style, and the style in which it ends. */
export function parse(text: string, from: Style = PLAIN): { pieces: Piece[]; to: Style } {
  const pieces: Piece[] = [];
  let style = from;
  let at = 0;
  for (const found of text.matchAll(ESCAPE)) {
    if (found.index > at) pieces.push({ text: text.slice(at, found.index), style });
    at = found.index + found[0].length;
    if (found[2] === "m") style = changed(style, found[1]!);
  }
  if (at < text.length) pieces.push({ text: text.slice(at), style });
  return { pieces, to: style };
}

/** A line without anything that is not to be read. */
export function plain(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPE, "") : text;
}

/** The classes of a style, as log.css has them. */
export function classOf(style: Style): string {
  const ink = style.turned ? style.ground : style.ink;
  const ground = style.turned ? (style.ink ?? 7) : style.ground;
  return [
    ink !== undefined && `ink-${ink}`,
    ground !== undefined && `ground-${ground}`,
    style.bold && "bold",
    style.faint && "faint",
    style.italic && "italic",
    style.line && "underlined",
  ]
    .filter(Boolean)
    .join(" ");
}

function changed(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((word) => Number(word || 0));
  let now: Style = { ...style };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 0) now = {};
    else if (code === 1) now.bold = true;
    else if (code === 2) now.faint = true;
    else if (code === 3) now.italic = true;
    else if (code === 4) now.line = true;
    else if (code === 7) now.turned = true;
    else if (code === 22) now = without(now, "bold", "faint");
    else if (code === 23) now = without(now, "italic");
    else if (code === 24) now = without(now, "line");
    else if (code === 27) now = without(now, "turned");
    else if (code >= 30 && code <= 37) now.ink = code - 30;
    else if (code >= 90 && code <= 97) now.ink = code - 90;
    else if (code === 39) now = without(now, "ink");
    else if (code >= 40 && code <= 47) now.ground = code - 40;
    else if (code >= 100 && code <= 107) now.ground = code - 100;
    else if (code === 49) now = without(now, "ground");
    else if (code === 38 || code === 48) {
      const { colour, taken } = many(codes, at + 1);
      at += taken;
      if (colour !== undefined) now[code === 38 ? "ink" : "ground"] = colour;
    }
  }
  return now;
}

/** One of 256 colours, or red, green and blue: the nearest of the eight that a theme has. */
function many(codes: number[], at: number): { colour: number | undefined; taken: number } {
  if (codes[at] === 5) return { colour: ofIndex(codes[at + 1] ?? 0), taken: 2 };
  if (codes[at] === 2) return { colour: nearest(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), taken: 4 };
  return { colour: undefined, taken: codes.length };
}

function ofIndex(index: number): number {
  if (index < 16) return index % 8;
  if (index >= 232) return index < 244 ? 0 : 7;
  const cube = index - 16;
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51);
}

/** Which of the eight: each of red, green and blue counts when it is more than half of the strongest. */
function nearest(red: number, green: number, blue: number): number {
  const half = Math.max(red, green, blue) / 2;
  if (half < 24) return 0;
  return (red > half ? 1 : 0) + (green > half ? 2 : 0) + (blue > half ? 4 : 0);
}

function without(style: Style, ...names: (keyof Style)[]): Style {
  const rest = { ...style };
  for (const name of names) delete rest[name];
  return rest;
}
