// What this browser remembers between visits: taste, never facts. Where nothing can be kept, it lasts as long as the page.
import { effect, type Signal, signal } from "@preact/signals";

export function kept(name: string, otherwise: string): Signal<string> {
  const key = `treadle.${name}`;
  const made = signal(read(key) ?? otherwise);
  effect(() => write(key, made.value));
  return made;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return; // a full or forbidden store: the choice lasts as long as the page
  }
}
