// What is said of versions beside each other: which number is better, what a signature gained or lost, which version to look at first.
import type { Answer } from "../../api/client";
import { verdictOf } from "../../charts/direction";

export type Version = Answer<"registry.version">;
export type Gate = NonNullable<Version["gates"]>[number];
export type Signature = NonNullable<Version["signature"]>;
export type Column = Signature["inputs"][number];
export type Endpoint = Answer<"serving.endpoints">[number];

export type Compared = {
  metric: string;
  value: number | null;
  interval: readonly [number, number] | null;
  other: number | null;
  otherInterval: readonly [number, number] | null;
  difference: number | null;
  /** `unclear`: the intervals overlap, so chance may have made the difference. */
  /** "other rows": both were judged, on different rows, so that the difference may be theirs. */
  verdict: "better" | "worse" | "unclear" | "equal" | "other rows" | "";
};

export function compared(version: Version, other: Version | undefined): Compared[] {
  const names = new Set([...Object.keys(version.metrics ?? {}), ...Object.keys(other?.metrics ?? {})]);
  const apart = !!other?.holdout && !!version.holdout && !sameRows(version, other);
  return [...names].sort().map((metric) => {
    const value = version.metrics?.[metric] ?? null;
    const beside = other?.metrics?.[metric] ?? null;
    const interval = intervalOf(version, metric);
    const otherInterval = other ? intervalOf(other, metric) : null;
    const difference = value === null || beside === null ? null : value - beside;
    return {
      metric,
      value,
      interval,
      other: beside,
      otherInterval,
      difference,
      verdict: apart && difference !== null ? "other rows" : judged(metric, value, beside, interval, otherInterval),
    };
  });
}

export function intervalOf(version: Version, metric: string): readonly [number, number] | null {
  const found = version.facts?.intervals?.[metric] as readonly number[] | undefined;
  return found && found.length === 2 ? [found[0]!, found[1]!] : null;
}

type Interval = readonly [number, number] | null;

function judged(metric: string, value: number | null, other: number | null, a: Interval, b: Interval): Compared["verdict"] {
  if (value === null || other === null) return "";
  const verdict = verdictOf(metric, value, other);
  const chance = a && b && a[0] <= b[1] && b[0] <= a[1];
  return verdict !== "equal" && chance ? "unclear" : verdict;
}

/** Where both were judged: versions that were judged on different rows are compared with care. */
export function sameRows(version: Version, other: Version): boolean {
  return !!version.holdout && version.holdout.digest === other.holdout?.digest;
}

export type Change = { name: string; before: string; after: string; what: "added" | "removed" | "changed" };

/** How the inputs or outputs of a version differ from another one's. */
export function changes(before: readonly Column[], after: readonly Column[]): Change[] {
  const was = new Map(before.map((column) => [column.name, told(column)]));
  const is = new Map(after.map((column) => [column.name, told(column)]));
  const made: Change[] = [];
  for (const [name, text] of is) {
    if (!was.has(name)) made.push({ name, before: "", after: text, what: "added" });
    else if (was.get(name) !== text) made.push({ name, before: was.get(name)!, after: text, what: "changed" });
  }
  for (const [name, text] of was) if (!is.has(name)) made.push({ name, before: text, after: "", what: "removed" });
  return made;
}

/** A column in words: `int64, missing allowed, 53 to 400`. */
export function told(column: Column): string {
  return [column.type, column.nullable ? "missing allowed" : "", seen(column)].filter(Boolean).join(", ");
}

const FEW = 6;

/** What was seen in a column: its range, or its words. */
export function seen(column: Column): string {
  if (column.categories?.length) {
    const shown = column.categories.slice(0, FEW).join(", ");
    return column.categories.length > FEW ? `${column.categories.length} words: ${shown} …` : shown;
  }
  return column.lowest === null || column.lowest === undefined ? "" : `${short(column.lowest)} to ${short(column.highest!)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** How many gates have passed, of how many: `7/8`. */
export function passed(version: Version): string {
  const gates = version.gates ?? [];
  return gates.length ? `${gates.filter((gate) => gate.state === "passed").length}/${gates.length}` : "";
}

/** The version that needs eyes first: the newest that waits for a person, else what is in use, else the newest. */
export function first(versions: readonly Version[]): Version | undefined {
  return (
    versions.find((version) => version.stage === "waiting") ??
    versions.find((version) => version.aliases?.includes("champion")) ??
    versions[0]
  );
}

/** A version by what the address says: a number, or an alias. */
export function named(versions: readonly Version[], said: string): Version | undefined {
  return versions.find((version) => String(version.number) === said.replace(/^v(?=\d+$)/, "") || version.aliases?.includes(said));
}

/** With what a version is compared when nobody said it: the champion, or for the champion itself the version before. */
export function rival(versions: readonly Version[], version: Version): Version | undefined {
  const champion = versions.find((one) => one.aliases?.includes("champion"));
  if (champion && champion.number !== version.number) return champion;
  return versions.filter((one) => one.number < version.number).sort((a, b) => b.number - a.number)[0];
}

export type Answering = { endpoint: string; role: string; share: number };

/** Where a version answers, or stands ready to. */
export function answering(endpoints: readonly Endpoint[], model: string, number?: number): (Answering & { number: number })[] {
  return endpoints.flatMap((endpoint) =>
    (endpoint.revisions ?? [])
      .filter((revision) => revision.model === model && ["live", "canary", "shadow", "ready"].includes(revision.role))
      .filter((revision) => number === undefined || revision.version === number)
      .map((revision) => ({ endpoint: endpoint.name, role: revision.role, share: revision.share ?? 0, number: revision.version })),
  );
}

/** Where a version was tried and did not stay, with the reason. */
export function takenBack(endpoints: readonly Endpoint[], version: Version): { endpoint: string; reason: string; at: number | null }[] {
  return endpoints.flatMap((endpoint) =>
    (endpoint.revisions ?? [])
      .filter((revision) => revision.model === version.model && revision.version === version.number && revision.role === "failed")
      .map((revision) => ({ endpoint: endpoint.name, reason: revision.reason ?? "", at: revision.ended_at ?? null })),
  );
}

/** The metrics that gates look at, else the first two. */
export function usual(version: Version | undefined): string[] {
  const asked = (version?.gates ?? []).flatMap((gate) => {
    const metric = (gate.evidence as { metric?: unknown } | undefined)?.metric;
    return typeof metric === "string" && ["metric", "champion"].includes(gate.kind) ? [metric] : [];
  });
  const known = [...new Set(asked)];
  return (known.length ? known : Object.keys(version?.metrics ?? {})).slice(0, 2);
}
