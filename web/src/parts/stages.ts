// The stages of a rollout and its guardrails, in words; and which revision of an endpoint is live.
import type { Answer, Schema } from "../api/client";
import { count, num, took } from "./words";

export type Endpoint = Answer<"serving.endpoint">;
export type Revision = Schema<"Revision">;
export type Stage = Schema<"Stage">;

export const refOf = (one: { model: string; version: number }) => `${one.model}@v${one.version}`;
export const percent = (share: number) => `${num(Math.round(share * 1000) / 10)} %`;

export function liveOf(endpoint: Endpoint): Revision | undefined {
  return endpoint.revisions?.find((one) => one.role === "live");
}

export function shareWords(stage: Stage): string {
  return stage.share ? percent(stage.share) : "shadow";
}

/** What a stage waits for: `2,000 rows and 1,500 labels`. */
export function waits(stage: Stage): string {
  const parts = [
    stage.rows ? count(stage.rows, "row") : "",
    stage.seconds ? took(stage.seconds) : "",
    stage.labels ? count(stage.labels, "label") : "",
  ].filter(Boolean);
  return parts.length ? parts.join(" and ") : "nothing";
}

/** The guardrails that were asked for, in words. */
export function guardWords(guards: Schema<"Guardrails">): string {
  const parts = [
    guards.errors === false ? "" : "failed requests",
    guards.latency === 0 ? "" : `p99 above ${num(guards.latency ?? 2)} times that of the live revision`,
    guards.loss === null ? "" : guards.loss ? `labelled loss worse by more than ${num(guards.loss)}` : "labelled loss worse than live",
    guards.crashes === 0 ? "" : count(guards.crashes ?? 2, "crash", "crashes"),
  ].filter(Boolean);
  return parts.length
    ? `taken back for ${parts.join(", ")}; a harmless revision at most ${percent(guards.alpha ?? 0.05)} of the times`
    : "without guardrails";
}

export const PLANS: Record<string, { words: string; stages: Stage[] }> = {
  once: { words: "at once", stages: [] },
  canary: { words: "canary: 5 %, 25 %, then all", stages: [stageOf(0.05), stageOf(0.25)] },
  shadow: { words: "in shadow first, then 20 %, then all", stages: [stageOf(0), stageOf(0.2)] },
};

function stageOf(share: number): Stage {
  return { share, rows: 500 };
}
