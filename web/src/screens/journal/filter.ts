// What is looked for in the journal, as it stands in the address, and as the server is asked.
import type { Request } from "../../api/client";

export const PARTS = ["kind", "subject", "actor", "project", "text", "since", "until"] as const;
export type Filter = Record<(typeof PARTS)[number], string>;

/** Kinds of entries for completion: those on record, and each family as a whole (`run.*`). */
export function withFamilies(kinds: readonly string[]): string[] {
  return [...new Set(kinds.flatMap((kind) => [`${kind.split(".")[0]}.*`, kind]))].sort();
}

export function filterOf(query: Record<string, string>): Filter {
  return Object.fromEntries(PARTS.map((part) => [part, query[part] ?? ""])) as Filter;
}

/** The question for one page: the newest entries below number `before` (0: the newest of all). */
export function asked(filter: Filter, before: number, limit: number): Request<"journal.read"> {
  const { kind, subject, actor, project, text } = filter;
  const since = momentOf(filter.since);
  const until = momentOf(filter.until);
  return {
    newest: true,
    limit,
    before,
    ...(kind && { kind }),
    ...(subject && { subject }),
    ...(actor && { actor }),
    ...(project && { project }),
    ...(text && { text }),
    ...(since !== null && { since }),
    ...(until !== null && { until }),
  };
}

/** Seconds since 1970 of a day or a moment as a browser's field writes it, in the viewer's zone; null for none. */
export function momentOf(text: string): number | null {
  if (!text) return null;
  const at = new Date(text.length === 10 ? `${text}T00:00` : text).getTime();
  return Number.isNaN(at) ? null : at / 1000;
}

/** The same on the command line. */
export function lineOf(filter: Filter): string {
  const options = (["kind", "subject", "actor", "text"] as const)
    .filter((part) => filter[part])
    .map((part) => ` --${part} '${filter[part]}'`);
  return `treadle journal${options.join("")}`;
}
