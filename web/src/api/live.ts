// The journal as it grows: one connection for each tab that is looked at. A hidden tab is silent, and catches up when it is shown.
import { signal } from "@preact/signals";
import type { Schema } from "./client";

export type Entry = Schema<"Entry">;
type Listener = (entry: Entry) => void;

/** "live" while news arrive; "away" while the server does not answer. */
export const connection = signal<"off" | "live" | "away">("off");

const listeners = new Set<Listener>();
let source: EventSource | null = null;
let last: number | null = null;

/** Calls the listener for each entry from now on; answers how to stop that. */
export function onNews(listener: Listener): () => void {
  listeners.add(listener);
  if (!source && !document.hidden) open();
  return () => {
    listeners.delete(listener);
    if (!listeners.size) close();
  };
}

function open(): void {
  source = new EventSource(last === null ? "/api/news" : `/api/news?after=${last}`);
  source.onopen = () => {
    connection.value = "live";
  };
  source.onerror = () => {
    connection.value = "away"; // the browser asks again by itself, with the number of the last entry
    if (source?.readyState === EventSource.CLOSED) again();
  };
  source.onmessage = (message) => {
    const entry = JSON.parse(message.data) as Entry;
    last = entry.id;
    for (const listener of [...listeners]) listener(entry);
  };
}

/** The server refused (it is starting, or too many follow): a browser gives up then, we do not. */
function again(): void {
  close();
  setTimeout(() => {
    if (listeners.size && !source && !document.hidden) open();
  }, 3000);
}

function close(): void {
  source?.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (listeners.size && !source) open();
});
