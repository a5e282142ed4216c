// Rollouts in words and numbers: what a stage waits for and how far it is, what the guardrails see, and what going back would do.
import type { Schema } from "../../api/client";
import { type Endpoint, liveOf, percent, type Revision, refOf } from "../../parts/stages";

export type Rollout = Schema<"Rollout">;
export type Traffic = Schema<"Traffic">;

/** The part of the traffic that a revision answers: the live one answers what no canary takes. */
export function answers(one: Revision, all: readonly Revision[]): number {
  if (one.role === "canary") return one.share ?? 0;
  if (one.role !== "live") return 0;
  return all.filter((other) => other.role === "canary").reduce((left, other) => left - (other.share ?? 0), 1);
}

/** What would answer if the live revision gave way: the one that is kept ready, else the newest that was retired in good order. */
export function formerOf(endpoint: Endpoint): Revision | undefined {
  const all = endpoint.revisions ?? [];
  return (
    all.find((one) => one.role === "ready") ??
    all.filter((one) => one.role === "retired" && one.live_at != null).sort((a, b) => b.number - a.number)[0]
  );
}

/** What rolling back would do, or why there is nothing to go back to. */
export function consequence(endpoint: Endpoint): { possible: boolean; words: string } {
  const live = liveOf(endpoint);
  const rollout = endpoint.rollout;
  if (rollout) {
    const one = endpoint.revisions?.find((revision) => revision.number === rollout.revision);
    const what = one ? refOf(one) : `revision ${rollout.revision}`;
    const takes = one?.role === "shadow" ? "sees the traffic as a shadow" : `answers ${percent(one?.share ?? 0)} of the traffic`;
    const stays = live ? `${refOf(live)} stays live and answers all of it` : "nothing is live then";
    return { possible: true, words: `The rollout of ${what}, which ${takes} now, is taken back at once; ${stays}.` };
  }
  const former = formerOf(endpoint);
  if (!live || !former) return { possible: false, words: "There is no earlier revision to go back to." };
  const ready = former.role === "ready" ? "It is loaded, so that this takes no longer than a request." : "It is loaded first.";
  return {
    possible: true,
    words: `All traffic goes from ${refOf(live)} to ${refOf(former)}. ${ready} ${refOf(live)} counts as failed from then on, and can be released again.`,
  };
}

export type Progress = { what: string; done: number; of: number };

/** How far the stage under way is, for each thing that it waits for. */
export function progress(rollout: Rollout, now: number): Progress[] {
  const stage = rollout.stages[rollout.stage];
  if (!stage) return [];
  const seen = (rollout.evidence ?? {}) as Evidence;
  const key = String(rollout.revision);
  const before = seen.stage_base?.[key] ?? seen.base?.[key];
  const rows = (seen.last?.[key]?.rows ?? 0) - (before?.rows ?? 0);
  const labels = (seen.labelled ?? 0) - (seen.stage_labelled ?? 0);
  return [
    { what: "rows", done: Math.max(0, rows), of: stage.rows ?? 0 },
    { what: "seconds", done: Math.max(0, Math.round(now - rollout.stage_at)), of: stage.seconds ?? 0 },
    { what: "labels", done: Math.max(0, labels), of: stage.labels ?? 0 },
  ].filter((one) => one.of > 0);
}

type Evidence = {
  guardrails?: Record<string, { sentence?: string }>;
  guards?: Record<string, { alpha?: number; log_e?: number; log_e_most?: number }>;
  last?: Record<string, Partial<Traffic>>;
  base?: Record<string, Partial<Traffic>>;
  stage_base?: Record<string, Partial<Traffic>>;
  labelled?: number;
  stage_labelled?: number;
};

export type Guard = { name: string; sentence: string; near: number | null };

/** What each guardrail sees. `near`: how far the evidence of harm has come towards what takes the rollout back, from 0 to 1: the
 * logarithm of the e-value against that of 1 / alpha. All guardrails share one alpha, so the last part of the way may be shorter. */
export function guardsOf(rollout: Rollout): Guard[] {
  const seen = (rollout.evidence ?? {}) as Evidence;
  return Object.entries(seen.guardrails ?? {}).map(([name, told]) => {
    const guard = seen.guards?.[name];
    const most = guard?.log_e_most;
    const near = most === undefined ? null : Math.max(0, Math.min(1, most / Math.log(1 / (guard?.alpha ?? 0.05))));
    return { name, sentence: told.sentence ?? "", near };
  });
}
