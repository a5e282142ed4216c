// A trigger as a form asks for it: where its news come from, and when it does not act although they came. Pure.
import type { Answer, Schema } from "../../api/client";
import { type Bounds, boundsOf, limitLines, limitsOf, ofAlarms } from "../../parts/trigger_limits";
import { type Run, submissionOf } from "../../parts/trigger_run";

export type Trigger = Answer<"triggers.get">;
export type Declared = Schema<"Declared">;
export type When = Declared["when"];
export type Source = When["on"];
export type Field = {
  name: string;
  label: string;
  hint?: string;
  kind: "text" | "number" | "switch";
  /** It may be left empty. */
  optional?: boolean;
};
export type Wish = Bounds & { name: string; when: When; where: string; dry: boolean };

type Told = { words: string; fresh: When; fields: readonly Field[]; conditions: boolean };

/** News after which a trigger may have fired, or be told otherwise. */
export const FIRING_NEWS = ["trigger.", "schedule.", "webhook.", "git.", "files.", "labels.", "rows.", "run."] as const;

/** Where news come from: in words, as a new trigger begins with it, its fields, and whether conditions can be put to what it says. */
export const SOURCES: Record<Source, Told> = {
  schedule: {
    words: "at the moments of a schedule",
    fresh: { on: "schedule", cron: "0 3 * * *", zone: "UTC" },
    fields: [
      { name: "cron", label: "Schedule", kind: "text", hint: 'minute hour day month weekday: "0 3 * * *" is every night at three' },
      { name: "zone", label: "Time zone", kind: "text", hint: 'such as "Europe/Helsinki", or "UTC"' },
    ],
    conditions: false,
  },
  news: {
    words: "when news of the journal come",
    fresh: { on: "news", kind: "dataset.committed", subject: "" },
    fields: [
      { name: "kind", label: "Kind of news", kind: "text", hint: "such as dataset.committed, or run.* for all about runs" },
      { name: "subject", label: "About", kind: "text", optional: true, hint: "such as dataset:flights; it may hold *; empty: anything" },
    ],
    conditions: true,
  },
  files: {
    words: "when files come to a folder or bucket",
    fresh: { on: "files", place: "", pattern: "*", every: 5, existing: false },
    fields: [
      { name: "place", label: "Folder, or s3://BUCKET/PREFIX", kind: "text", hint: "as the server sees it" },
      { name: "pattern", label: "Names", kind: "text", hint: "such as *.csv" },
      { name: "every", label: "Looked at every so many seconds", kind: "number" },
      { name: "existing", label: "files that are there already are news, too", kind: "switch" },
    ],
    conditions: true,
  },
  rows: {
    words: "when a dataset has so many more rows",
    fresh: { on: "rows", dataset: "", every: 1000 },
    fields: [
      { name: "dataset", label: "Dataset", kind: "text" },
      { name: "every", label: "Every so many rows", kind: "number" },
    ],
    conditions: false,
  },
  labels: {
    words: "when an endpoint has so many more labels",
    fresh: { on: "labels", endpoint: "", every: 1000 },
    fields: [
      { name: "endpoint", label: "Endpoint", kind: "text" },
      { name: "every", label: "Every so many labels", kind: "number" },
    ],
    conditions: false,
  },
  webhook: {
    words: "when its webhook is called",
    fresh: { on: "webhook", secret: "" },
    fields: [{ name: "secret", label: "Name of the secret it is signed with", kind: "text", hint: "its name, never its value" }],
    conditions: true,
  },
  git: {
    words: "when a branch of a repository moves",
    fresh: { on: "git", repository: "", branch: "main", every: 10 },
    fields: [
      { name: "repository", label: "Repository", kind: "text", hint: "a path or a URL, as the server sees it" },
      { name: "branch", label: "Branch", kind: "text" },
      { name: "every", label: "Looked at every so many seconds", kind: "number" },
    ],
    conditions: false,
  },
};

/** What a trigger is made on from here. One on git runs the code of a commit, and where that stands is said in a file. */
export const MADE_HERE: readonly Source[] = ["schedule", "news", "files", "rows", "labels", "webhook"];

export function begun(name: string, source: Source): Wish {
  return { ...boundsOf({ concurrency: 1 }), name, when: SOURCES[source].fresh, where: "", dry: false };
}

export function wishOf(of: Declared): Wish {
  const limits = of.limits ?? {};
  const when = { ...SOURCES[of.when.on].fresh, ...of.when } as When;
  return { ...boundsOf(limits), name: of.name, when, where: limits.where ?? "", dry: limits.dry_run ?? false };
}

/** Whether every field that must be filled is. */
export function whole(wish: Wish): boolean {
  const told = valuesOf(wish.when);
  return !!wish.name && SOURCES[wish.when.on].fields.every((one) => one.kind !== "text" || one.optional || told[one.name] !== "");
}

export const alarming = (when: When): boolean => when.on === "news" && ofAlarms(when.kind);

export function valuesOf(when: When): Record<string, string | number | boolean> {
  return when as unknown as Record<string, string | number | boolean>;
}

/** What is asked for. Of a trigger that is changed everything stays that no field tells of; a `run` takes the place of what it ran. */
export function declaredOf(wish: Wish, before?: Declared, run?: Run): Declared {
  const { match, ...kept } = before?.limits ?? {};
  const same = before?.when.on === wish.when.on;
  const persists = alarming(wish.when) ? wish.persists : 0;
  const where = SOURCES[wish.when.on].conditions ? wish.where : "";
  const limits = { ...limitsOf({ ...wish, persists }, kept), ...(same && match ? { match } : {}), where, dry_run: wish.dry };
  return { ...before, name: wish.name, when: wish.when, do: actsOf(before, run), limits };
}

function actsOf(before?: Declared, run?: Run): Declared["do"] {
  const submission = run && submissionOf(run);
  if (!before) return submission ? [{ act: "run", submission }] : [];
  return before.do.map((act) => (act.act === "run" && submission ? { ...act, submission } : act));
}

/** The pipeline or step that a trigger runs, if it runs one. */
export function of(trigger: { declared: Declared }): string | null {
  for (const act of trigger.declared.do) if (act.act === "run") return act.submission.definition.name;
  return null;
}

/** When a schedule comes next. What looks at folders and repositories has a next moment, too: of looking, not of running. */
export function comesAt(trigger: Trigger): number | undefined {
  return trigger.declared.when.on === "schedule" ? (trigger.next_at ?? undefined) : undefined;
}

/** When the first of the schedules that run it comes. */
export function nextOf(triggers: readonly Trigger[], pipeline: string): number | undefined {
  const moments = triggers.filter((one) => of(one) === pipeline).flatMap((one) => comesAt(one) ?? []);
  return moments.length ? Math.min(...moments) : undefined;
}

/** The same in a file for `treadle apply`; empty for a trigger that does more than run something. */
export function python(of: Declared): string {
  const [act, ...more] = of.do;
  if (act?.act !== "run" || more.length) return "";
  const limits = of.limits ?? {};
  const { on, ...fields } = valuesOf(of.when);
  const first = FIRST[of.when.on];
  const told = Object.entries(fields).filter(([name, value]) => name !== first && value !== "");
  const named = [...told, ...Object.entries(limits.match ?? {}), ...(limits.where ? [["where", limits.where] as const] : [])].map(
    ([name, value]) => `${name}=${literal(value)}`,
  );
  const when = [...(first ? [literal(fields[first])] : []), ...named].join(", ");
  const given = Object.entries(act.submission.parameters ?? {}).map(([name, value]) => `${name}=${literal(value)}`);
  return [
    "trigger(",
    `    ${literal(of.name)},`,
    `    when.${on}(${when}),`,
    `    do.run(${[act.submission.definition.name, ...given].join(", ")}),`,
    ...limitLines(limits).map((line) => `    ${line}`),
    ...(limits.dry_run ? ["    dry_run=True,"] : []),
    ")",
  ].join("\n");
}

/** The field that Python takes without its name. */
const FIRST: Record<Source, string> = {
  schedule: "cron",
  news: "kind",
  files: "place",
  rows: "dataset",
  labels: "endpoint",
  webhook: "",
  git: "repository",
};

function literal(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null || value === undefined) return "None";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`)
    .join(", ")}}`;
}
