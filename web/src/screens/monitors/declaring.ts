// A trigger out of an alarm: retraining when such an alarm opens, with the code and environment of a run that is on record.
import type { Request } from "../../api/client";
import { type Bounds, limitLines, limitsOf } from "../../parts/trigger_limits";
import { type Run, submissionOf } from "../../parts/trigger_run";
import { num, took } from "../../parts/words";

export type Declared = Request<"triggers.apply">["triggers"][number];
export type Wish = Bounds & {
  name: string;
  kinds: readonly string[];
  /** Alarms of slices, too, not only those of all rows. */
  slices: boolean;
};

export const KINDS = ["performance", "drift", "predictions", "joint"] as const;

export function declared(wish: Wish, endpoint: string, run: Run): Declared {
  const match: Record<string, unknown> = { endpoint, kind: wish.kinds.length === 1 ? wish.kinds[0] : [...wish.kinds] };
  if (!wish.slices) match.slice = "";
  return {
    name: wish.name,
    when: { on: "news", kind: "alarm.opened" },
    do: [{ act: "run", submission: submissionOf(run) }],
    limits: { match: match as Record<string, never>, ...limitsOf(wish) },
  };
}

/** The trigger in a sentence. */
export function sentence(wish: Wish, endpoint: string, step: string): string {
  const parts = [
    wish.cooldown ? `not again for ${took(wish.cooldown)}` : "",
    wish.most ? `at most ${num(wish.most)} times in ${took(wish.per)}` : "",
    wish.alone ? "one at a time" : "",
    wish.persists ? `only if the alarm is still open ${took(wish.persists)} later` : "",
    wish.quality ? "never while an alarm of quality is open" : "",
  ].filter(Boolean);
  const of = wish.slices ? "all rows or of a slice" : "all rows";
  const limits = parts.length ? `; ${parts.join(", ")}` : "";
  return `When an alarm of ${wish.kinds.join(" or ")} of ${of} opens at ${endpoint}, ${step} runs with the newest data${limits}.`;
}

/** The same as a line of a file for `treadle apply`. */
export function python(wish: Wish, endpoint: string, step: string): string {
  const kind = wish.kinds.length === 1 ? JSON.stringify(wish.kinds[0]) : JSON.stringify(wish.kinds);
  return [
    `trigger(`,
    `    ${JSON.stringify(wish.name)},`,
    `    when.news("alarm.opened", endpoint=${JSON.stringify(endpoint)}, kind=${kind}${wish.slices ? "" : ', slice=""'}),`,
    `    do.run(${step}),`,
    ...limitLines(limitsOf(wish)).map((line) => `    ${line}`),
    `)`,
  ].join("\n");
}
