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
