// Keys of the search language as columns, axes and sort orders use them: `state`, `metrics.auc.highest`, `params."odd name"`.

export type Area = "" | "metrics" | "params" | "tags" | "inputs";
export type Part = "" | "lowest" | "highest" | "step" | "points";
export type Key = { area: Area; name: string; part: Part };

const PLAIN = /^[\w/:@+%-]+(\.[\w/:@+%-]+)*$/;
const PARTS = ["last", "lowest", "min", "highest", "max", "step", "points"];

/** As a query writes it: odd names stand in quotes, and so do those that end in a word with a meaning of its own. */
export function written({ area, name, part }: Key): string {
  if (!area) return name;
  const taken = area === "metrics" && PARTS.includes(name.split(".").at(-1)!);
  const told = PLAIN.test(name) && !taken ? name : `"${name.replaceAll('"', '""')}"`;
  return part ? `${area}.${told}.${part}` : `${area}.${told}`;
}

const known = new Map<string, Key>(); // each cell of the table asks

export function read(text: string): Key {
  const before = known.get(text);
  if (before) return before;
  const made = parsed(text);
  known.set(text, made);
  return made;
}

function parsed(text: string): Key {
  const [, area, rest] = /^(metrics|params|tags|inputs)\.(.+)$/s.exec(text) ?? [];
  if (!area || !rest) return { area: "", name: text, part: "" };
  const quoted = /^"((?:[^"]|"")*)"(?:\.(\w+))?$/s.exec(rest);
  if (quoted) return { area: area as Area, name: quoted[1]!.replaceAll('""', '"'), part: (quoted[2] ?? "") as Part };
  const [, name, part] = (area === "metrics" && /^(.+)\.(lowest|highest|step|points|last|min|max)$/s.exec(rest)) || ["", rest, ""];
  const meant = ({ last: "", min: "lowest", max: "highest" } as Record<string, string>)[part!] ?? part;
  return { area: area as Area, name: name!, part: meant as Part };
}

const WORDS: Record<Part, string> = { "": "", lowest: "lowest", highest: "highest", step: "step", points: "points" };

/** How a heading says it. */
export function titled(text: string): string {
  const { area, name, part } = read(text);
  if (!area) return OWN[text] ?? name;
  return part ? `${name} (${WORDS[part]})` : name;
}

/** Keys of a run's own that may be columns, and their headings. */
export const OWN: Record<string, string> = {
  step: "step",
  state: "state",
  duration: "took",
  created: "asked for",
  started: "started",
  ended: "ended",
  actor: "by",
  engine: "engine",
  kind: "kind",
  experiment: "experiment",
  parent: "part of",
  note: "note",
};

/** A condition of the search language: this key has this value, or has none. */
export function having(key: string, value: string | null): string {
  return value === null ? `${key} is null` : `${key} = '${value.replaceAll("'", "''")}'`;
}

/** Both conditions; an empty one says nothing. */
export function both(one: string, other: string): string {
  if (!one.trim()) return other;
  if (!other.trim()) return one;
  const safe = /\bor\b/i.test(one) ? `(${one})` : one;
  return `${safe} and ${other}`;
}

/** Columns nobody chose: a run's own words, and the first metrics and parameters that the project knows. */
export function usual(metrics: readonly string[], parameters: readonly string[]): string[] {
  const told = metrics.filter((name) => !name.startsWith("system/")).slice(0, 2);
  return [
    "state",
    "step",
    ...told.map((name) => written({ area: "metrics", name, part: "" })),
    ...parameters.slice(0, 2).map((name) => written({ area: "params", name, part: "" })),
    "duration",
    "started",
    "note",
  ];
}
