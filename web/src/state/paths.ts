// Where things are shown. A subject of the record (`run:17`, `model:churn@v3`) has one address everywhere.
import { project } from "./project";

export type Screen = "today" | "runs" | "compare" | "pipelines" | "data" | "models" | "endpoints" | "monitors" | "pace";

/** A screen of the project that is shown, or one thing on it; undefined values of the query are left out. */
export function to(screen: Screen, name?: string | number, query: Record<string, string | number | undefined> = {}): string {
  const path = `/p/${encodeURIComponent(project.value)}/${screen}`;
  return (name === undefined ? path : `${path}/${encodeURIComponent(name)}`) + searched(query);
}

export const toRun = (run: number | string, tab?: string) => to("runs", run, { tab });
export const toJournal = (query: Record<string, string | number | undefined> = {}) => `/journal${searched(query)}`;
export const toPlatform = () => "/platform";

const SCREENS: Record<string, Screen> = {
  run: "runs",
  pipeline: "pipelines",
  dataset: "data",
  model: "models",
  endpoint: "endpoints",
  monitor: "monitors",
};

/** The address of a subject, or null for one that has no page of its own. */
export function pathOf(subject: string): string | null {
  const [, kind, rest] = /^([a-z_]+):(?:\/\/)?(.+)$/.exec(subject) ?? [];
  if (!kind || !rest) return null;
  if (kind === "entry") return toJournal({ entry: rest });
  if (kind === "alarm") return to("monitors", undefined, { alarm: rest });
  if (kind === "firing" || kind === "trigger") return to("pipelines", undefined, { [kind]: rest });
  const screen = SCREENS[kind];
  if (!screen) return null;
  const [name, version] = rest.split("@");
  return version ? to(screen, name!, { v: version.replace(/^v(?=\d+$)/, "") }) : to(screen, name!);
}

function searched(query: Record<string, string | number | undefined>): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") made.set(name, String(value));
  const text = made.toString();
  return text && `?${text}`;
}
