// The project that is shown: it stands in the address, `/p/NAME/...`; the last one is remembered for pages that show everything.
import { signal } from "@preact/signals";
import { kept } from "./kept";

const remembered = kept("project", "default");

export const project = signal(named(location.pathname) ?? remembered.value);

/** The project in a path, if it names one. */
export function named(path: string): string | null {
  const found = /^\/p\/([^/]+)/.exec(path);
  return found ? decodeURIComponent(found[1]!) : null;
}

/** Follows the address: to be told each time it changes. */
export function follow(path: string): void {
  const name = named(path);
  if (name !== null && name !== project.value) project.value = name;
  if (name !== null) remembered.value = name;
}
