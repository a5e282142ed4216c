// The address is the state: what a screen shows can be sent to somebody, and the browser's back button works.
import { useLocation } from "preact-iso";

type Change = Record<string, string | null>;

/** The query of the address, and a way to change some of it. null or "" removes a part; `push` makes a step for the back button. */
export function useQuery(): { query: Record<string, string>; change: (parts: Change, push?: boolean) => void } {
  const { query, route } = useLocation();
  return {
    query,
    change: (parts, push = false) => route(changed(location.pathname, location.search, parts), !push),
  };
}

/** One part of the address's query. */
export function useParam(name: string, otherwise = ""): [string, (value: string, push?: boolean) => void] {
  const { query, change } = useQuery();
  return [query[name] ?? otherwise, (value, push) => change({ [name]: value === otherwise ? null : value }, push)];
}

/** A list of words in one part of the address, separated by commas; commas within words are escaped. */
export function useList(name: string, otherwise: readonly string[] = []): [string[], (value: readonly string[], push?: boolean) => void] {
  const { query, change } = useQuery();
  const text = query[name];
  const list = text === undefined ? [...otherwise] : split(text);
  return [list, (value, push) => change({ [name]: same(value, otherwise) ? null : join(value) }, push)];
}

export function changed(path: string, search: string, parts: Change): string {
  const made = new URLSearchParams(search);
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === "") made.delete(name);
    else made.set(name, value);
  }
  const text = made.toString();
  return text ? `${path}?${text}` : path;
}

export function join(words: readonly string[]): string {
  return words.length ? words.map((word) => word.replace(/[\\,]/g, (letter) => `\\${letter}`)).join(",") : ",";
}

export function split(text: string): string[] {
  if (text === "" || text === ",") return [];
  const words: string[] = [];
  let word = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") word += text[++at] ?? "";
    else if (text[at] !== ",") word += text[at];
    else {
      words.push(word);
      word = "";
    }
  }
  return [...words, word];
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at]);
}
