// What may follow in a query at the cursor: keys, then operators, then values, then joins. Pure: it knows the vocabulary, not the page.
import type { Schema } from "../../api/client";
import { type Area, written } from "./keys";

type Vocabulary = Schema<"SearchKeys">;
type Names = Schema<"KnownNames">;
export type Offer = { text: string; about: string };
export type Offers = { from: number; offers: Offer[] };

const MOST = 12;
const TOKEN = /\s*(<=|>=|!=|<>|==|=|<|>|[(),]|'(?:[^']|'')*'?|(?:"(?:[^"]|"")*"?|`[^`]*`?|[^\s()<>=!,'"`])+|!)/y;
const COMPARES = ["=", "!=", "<", "<=", ">", ">="];

type Token = { text: string; from: number; to: number };

export function completed(query: string, cursor: number, vocabulary: Vocabulary, names: Names): Offers {
  const tokens = tokensOf(query.slice(0, cursor));
  const last = tokens.at(-1);
  const open = last && last.to === cursor && !isMark(last.text) ? last : undefined;
  const before = open ? tokens.slice(0, -1) : tokens;
  const typed = open?.text ?? "";
  const offers = expected(before, vocabulary, names, typed).filter((offer) => fits(offer.text, typed) && offer.text !== typed);
  return { from: open?.from ?? cursor, offers: offers.slice(0, MOST) };
}

/** The query with an offer in the place of what was typed, and where the cursor then stands. */
export function taken(query: string, cursor: number, from: number, offer: Offer): [query: string, cursor: number] {
  const space = offer.text.endsWith(".") ? "" : " ";
  const rest = query.slice(cursor).replace(/^ /, "");
  const made = `${query.slice(0, from)}${offer.text}${space}`;
  return [made + rest, made.length];
}

function tokensOf(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const word = match[1]!;
    found.push({ text: word, from: TOKEN.lastIndex - word.length, to: TOKEN.lastIndex });
  }
  return found;
}

function expected(tokens: Token[], vocabulary: Vocabulary, names: Names, typed: string): Offer[] {
  const last = tokens.at(-1)?.text.toLowerCase() ?? "";
  const key = keyBefore(tokens, vocabulary);
  if (!last || ["and", "or", "not", "("].includes(last) || (last === "," && !key)) return keys(vocabulary, names, typed);
  if (!key) return joins(vocabulary);
  const said = tokens.at(-1)!.text;
  if (said === key.text) return operators(key.known);
  if (COMPARES.includes(said) || ["like", "ilike", "in", ","].includes(last)) return values(key, names);
  return joins(vocabulary);
}

/** The key that the comparison at the end is about, when it is not finished. */
function keyBefore(tokens: Token[], vocabulary: Vocabulary) {
  for (let at = tokens.length - 1; at >= 0 && at >= tokens.length - 1000; at--) {
    const { text } = tokens[at]!;
    if (["and", "or", ")"].includes(text.toLowerCase())) return null;
    const known = vocabulary.keys.find(
      (one) => one.name === text || (one.named && [one.name, ...(one.same ?? [])].some((name) => text.startsWith(`${name}.`))),
    );
    if (!known) continue;
    const after = tokens.length - 1 - at;
    const listed = tokens[at + 1]?.text.toLowerCase() === "in" || tokens[at + 2]?.text.toLowerCase() === "in";
    return after <= 1 || listed || (after === 2 && tokens[at + 1]?.text.toLowerCase() === "not") ? { text, known } : null;
  }
  return null;
}

function keys(vocabulary: Vocabulary, names: Names, typed: string): Offer[] {
  const area = /^(\w+)\./.exec(typed)?.[1];
  if (!area)
    return [
      ...vocabulary.keys.map((key) => ({ text: key.named ? `${key.name}.` : key.name, about: key.type })),
      { text: "not", about: "the contrary" },
    ];
  const known = vocabulary.keys.find((key) => key.named && (key.name === area || key.same?.includes(area)));
  if (!known) return [];
  const whole = namesOf(known.name, names).map((name) => written({ area: known.name as Area, name, part: "" }).replace(known.name, area));
  const parts = whole.filter((one) => typed.startsWith(`${one}.`)).flatMap((one) => (known.parts ?? []).map((part) => `${one}.${part}`));
  return [...parts, ...whole].map((text) => ({ text, about: known.type }));
}

function namesOf(area: string, names: Names): readonly string[] {
  return { metrics: names.metrics, params: names.parameters, tags: names.tags, inputs: names.inputs }[area] ?? [];
}

function operators(key: Schema<"SearchKey">): Offer[] {
  return key.operators.map((text) => ({ text, about: WORDS[text] ?? "" }));
}

const WORDS: Record<string, string> = {
  "=": "is",
  "!=": "is not",
  "<": "below",
  "<=": "at most",
  ">": "above",
  ">=": "at least",
  in: "one of (a, b)",
  "not in": "none of (a, b)",
  like: "a pattern with % and _",
  ilike: "a pattern, capitals or not",
  "is null": "has none",
  "is not null": "has one",
};

function values({ text, known }: { text: string; known: Schema<"SearchKey"> }, names: Names): Offer[] {
  const own: readonly string[] = text === "step" ? (names.steps ?? []) : text === "experiment" ? (names.experiments ?? []) : [];
  return [...(known.choices ?? []), ...own.map(quoted), ...(known.values ?? [])].map((value) => ({ text: value, about: known.type }));
}

function quoted(value: string): string {
  return /^[\w.-]+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

function joins(vocabulary: Vocabulary): Offer[] {
  return vocabulary.joins.filter((word) => word !== "not").map((text) => ({ text, about: text === "and" ? "both" : "at least one" }));
}

function isMark(text: string): boolean {
  return COMPARES.includes(text) || ["(", ")", ",", "<>", "=="].includes(text);
}

/** Letters of what was typed at the beginning, or behind a dot, or anywhere. */
function fits(offer: string, typed: string): boolean {
  return offer.toLowerCase().includes(typed.toLowerCase());
}
