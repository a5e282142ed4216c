// Names after an @ while they are being written: which one the caret stands in, and the text once it is chosen.

/** A name that has been begun: where its @ stands, and the letters behind it up to the caret. */
export type Begun = { at: number; letters: string };

/** The name that the caret stands behind, or null: a mail address is no mention, and neither is what stands in `code`. */
export function begunAt(text: string, caret: number): Begun | null {
  const before = text.slice(0, caret);
  const found = /(^|[^\w@./+-])@([A-Za-z0-9][\w.-]{0,63}|)$/.exec(before);
  if (!found || inCode(before)) return null;
  const letters = found[2]!;
  return { at: caret - letters.length - 1, letters };
}

function inCode(before: string): boolean {
  if (before.split("```").length % 2 === 0) return true;
  return before.slice(before.lastIndexOf("\n") + 1).split("`").length % 2 === 0;
}

/** The text with the begun name written out, and where the caret stands then. */
export function completed(text: string, begun: Begun, name: string): { text: string; caret: number } {
  const end = begun.at + 1 + begun.letters.length;
  const behind = text.slice(end);
  const gap = /^[\s.,;:!?)]/.test(behind) ? "" : " ";
  return { text: `${text.slice(0, begun.at)}@${name}${gap}${behind}`, caret: begun.at + 1 + name.length + (gap ? 1 : 0) };
}
