// What follows an act on a model, told before it is done: the triggers that hear of it, and what answers where.
import type { Answer } from "../../api/client";
import { answering, type Endpoint } from "./judging";

export type Trigger = Answer<"triggers.list">[number];
type When = { on: string; kind?: string; subject?: string };

/** Triggers that are on and hear news of this kind about a version of the model. */
export function hearing(triggers: readonly Trigger[], kind: string, model: string): Trigger[] {
  return triggers.filter((trigger) => {
    const when = trigger.declared.when as When;
    const match = (trigger.declared.limits?.match ?? {}) as Record<string, unknown>;
    if (trigger.state !== "on" || when.on !== "news" || !fits(when.kind ?? "", kind)) return false;
    if (match.model !== undefined && match.model !== model) return false;
    return !when.subject || fits(when.subject, `model:${model}`) || fits(when.subject, `model:${model}@v1`);
  });
}

/** `run.*` fits `run.done`. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

/** What does not change when an alias moves: endpoints answer with what was released there. */
export function unmoved(endpoints: readonly Endpoint[], model: string): string {
  const live = answering(endpoints, model).filter((one) => one.role === "live");
  if (!live.length) return "No endpoint answers with this model.";
  const told = live.map((one) => `${one.endpoint} goes on answering with v${one.number}`);
  return `Endpoints do not follow an alias: ${told.join(", ")} until something is released there.`;
}

export type Stage = { share: number; rows?: number; seconds?: number; labels?: number };

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Stages as the command line writes them, `shadow:500rows 20%:1000rows+10m`; an Error says what is not understood. */
export function stages(text: string): Stage[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => {
      const [share = "", waits] = word.split(":");
      if (!waits) throw new Error(`the stage ${word} does not say how long it lasts`);
      const part = share === "shadow" ? 0 : share.endsWith("%") ? Number(share.slice(0, -1)) / 100 : Number(share);
      if (!share || Number.isNaN(part) || part < 0 || part >= 1) throw new Error(`the stage ${word} has no share between 0 and 1`);
      return { share: part, ...Object.assign({}, ...waits.split("+").map((wait) => waited(word, wait))) };
    });
}

function waited(word: string, wait: string): Omit<Stage, "share"> {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(rows|labels|s|m|h|d)$/.exec(wait) ?? [];
  if (!number) throw new Error(`the stage ${word} waits for ${wait}`);
  if (unit === "rows" || unit === "labels") return { [unit]: Math.round(Number(number)) };
  return { seconds: Number(number) * UNITS[unit!]! };
}

/** Stages in words: `shadow until 500 rows, then 20% of the traffic until 1,000 rows and 600 s`. */
export function inWords(plan: readonly Stage[]): string {
  if (!plan.length) return "all of the traffic at once";
  const told = plan.map(({ share, rows, seconds, labels }) => {
    const waits = [
      rows && `${rows.toLocaleString("en-US")} rows`,
      seconds && `${seconds} s`,
      labels && `${labels.toLocaleString("en-US")} labels`,
    ];
    return `${share ? `${Math.round(share * 1000) / 10}% of the traffic` : "shadow"} until ${waits.filter(Boolean).join(" and ")}`;
  });
  return `${told.join(", then ")}, then all of it`;
}
