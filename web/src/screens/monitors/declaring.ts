// A trigger out of an alarm: retraining when such an alarm opens, with the code and environment of a run that is on record.
import type { Answer, Request, Schema } from "../../api/client";
import { num, took } from "../../parts/words";

export type Run = Answer<"runs.get">;
export type Declared = Request<"triggers.apply">["triggers"][number];
export type Wish = {
  name: string;
  kinds: readonly string[];
  /** Alarms of slices, too, not only those of all rows. */
  slices: boolean;
  cooldown: number;
  most: number;
  per: number;
  persists: number;
  quality: boolean;
};

export const DAY = 86_400;
export const KINDS = ["performance", "drift", "predictions", "joint"] as const;

/** Another name where there is a trigger of that name already: applying would replace it. */
export function free(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

/** The request of a run as a trigger repeats it: its code, environment and parameters, but its data as they are then. An input that was
 * pinned to a version takes the newest one; what the definition names itself is left to it. */
export function submissionOf(run: Run): Schema<"SubmitRun"> {
  const definition = run.definition!;
  const sources = new Map((definition.inputs ?? []).map((input) => [input.name, input.source]));
  const bindings = Object.fromEntries(
    Object.entries(run.bindings ?? {})
      .filter(([name]) => !sources.get(name))
      .map(([name, binding]) => [name, binding.dataset ? { dataset: newest(binding.dataset) } : binding]),
  );
  const options = run.options?.entry ? { entry: run.options.entry } : {};
  return {
    key: "",
    definition,
    bindings,
    code: run.code ?? null,
    environment: run.environment ?? null,
    options,
    parameters: (run.parameters ?? {}) as Record<string, never>,
  };
}

function newest(dataset: string): string {
  const name = dataset.replace(/^dataset:\/\//, "").replace(/@.*$/, "");
  return `dataset://${name}`;
}

export function declared(wish: Wish, endpoint: string, run: Run): Declared {
  const match: Record<string, unknown> = { endpoint, kind: wish.kinds.length === 1 ? wish.kinds[0] : [...wish.kinds] };
  if (!wish.slices) match.slice = "";
  return {
    name: wish.name,
    when: { on: "news", kind: "alarm.opened" },
    do: [{ act: "run", submission: submissionOf(run) }],
    limits: {
      match: match as Record<string, never>,
      cooldown: wish.cooldown,
      ...(wish.most ? { most: wish.most, per: wish.per } : {}),
      concurrency: 1,
      persists: wish.persists,
      ...(wish.quality ? { unless_open: ["quality"] } : {}),
    },
  };
}

/** The trigger in a sentence. */
export function sentence(wish: Wish, endpoint: string, step: string): string {
  const parts = [
    wish.cooldown ? `not again for ${took(wish.cooldown)}` : "",
    wish.most ? `at most ${num(wish.most)} times in ${took(wish.per)}` : "",
    "one at a time",
    wish.persists ? `only if the alarm is still open ${took(wish.persists)} later` : "",
    wish.quality ? "never while an alarm of quality is open" : "",
  ].filter(Boolean);
  const of = wish.slices ? "all rows or of a slice" : "all rows";
  return `When an alarm of ${wish.kinds.join(" or ")} of ${of} opens at ${endpoint}, ${step} runs with the newest data; ${parts.join(", ")}.`;
}

/** The same as a line of a file for `treadle apply`. */
export function python(wish: Wish, endpoint: string, step: string): string {
  const kind = wish.kinds.length === 1 ? JSON.stringify(wish.kinds[0]) : JSON.stringify(wish.kinds);
  const lines = [
    `trigger(`,
    `    ${JSON.stringify(wish.name)},`,
    `    when.news("alarm.opened", endpoint=${JSON.stringify(endpoint)}, kind=${kind}${wish.slices ? "" : ', slice=""'}),`,
    `    do.run(${step}),`,
    wish.cooldown ? `    cooldown=${wish.cooldown},` : "",
    wish.most ? `    at_most=(${wish.most}, ${wish.per}),` : "",
    `    concurrency=1,`,
    wish.persists ? `    persists=${wish.persists},` : "",
    wish.quality ? `    unless_open="quality",` : "",
    `)`,
  ];
  return lines.filter(Boolean).join("\n");
}
