// Sentences of the record, with what they speak of as links: `flight-delay@v4 was registered from run 18`.
import { pathOf } from "../state/paths";

export type Piece = string | { words: string; subject: string };

const SPOKEN = /\b(run|alarm|firing|entry) (\d+)\b|(?:(model|dataset):\/\/)?([\w][\w.-]*)@(v\d+)\b/g;

/** A sentence in pieces. `NAME@v3` is a version of a `kind`: a model, unless told otherwise. */
export function pieces(text: string, kind: "model" | "dataset" = "model"): Piece[] {
  const made: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(SPOKEN)) {
    const [words, thing, number, said, name, version] = found;
    if (found.index > at) made.push(text.slice(at, found.index));
    made.push({ words, subject: thing ? `${thing}:${number}` : `${said ?? kind}:${name}@${version}` });
    at = found.index + words.length;
  }
  if (at < text.length) made.push(text.slice(at));
  return made;
}

export function Mentions({ text, kind }: { text: string; kind?: "model" | "dataset" }) {
  return (
    <>
      {pieces(text, kind).map((piece, at) =>
        typeof piece === "string" ? (
          piece
        ) : (
          <Subject key={at} of={piece.subject}>
            {piece.words}
          </Subject>
        ),
      )}
    </>
  );
}

/** A subject of the record (`run:17`, `model:churn@v3`) as a link to its page, where it has one. */
export function Subject({ of, children }: { of: string; children?: preact.ComponentChildren }) {
  const path = pathOf(of);
  const words = children ?? of;
  return path ? (
    <a class="said" href={path}>
      {words}
    </a>
  ) : (
    <span>{words}</span>
  );
}
