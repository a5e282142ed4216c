// An entry of the journal as one line in plain words, as stories tell it.
import type { Entry } from "../api/live";

type Data = Record<string, unknown>;

export function sentence(entry: Entry): string {
  const data: Data = entry.data ?? {};
  const [family, what] = entry.kind.split(/\.(.*)/) as [string, string];
  if (family === "run") return ofRun(entry, what, data);
  if (family === "alarm") return `alarm ${text(data.alarm)} ${what}: ${text(data.closing) || text(data.sentence)}`;
  const told = TOLD[entry.kind]?.(entry, data) ?? text(data.sentence);
  return told || plain(entry, data);
}

const TOLD: Record<string, (entry: Entry, data: Data) => string> = {
  "trigger.fired": (_, data) => `trigger ${text(data.trigger)} fired (firing ${text(data.firing)})`,
  "rollout.started": (_, data) =>
    `${text(data.ref)} began to roll out at ${text(data.endpoint)}: ${stages(data.stages) || "at once"}${inPlace(data)}`,
  "rollout.stage": (_, data) =>
    `the rollout of ${text(data.ref)} went on to ${typeof data.share === "number" && data.share ? `${Math.round(data.share * 100)}% of the traffic` : "shadow"}${because(data)}`,
  "rollout.done": (_, data) => `the rollout of ${text(data.ref)} ended well${because(data)}`,
  "rollout.taken_back": (_, data) => `${text(data.ref)} was taken back${because(data)}`,
  "revision.live": (_, data) => `${text(data.ref)} is live${data.back ? " again" : ""} at ${text(data.endpoint)}${inPlace(data)}`,
  "dataset.committed": (entry, data) => {
    const changes = ["added", "changed", "removed"].filter((word) => data[word]).map((word) => `${text(data[word])} ${word}`);
    return `${nameOf(entry)}@v${text(data.version)} was made: ${changes.join(", ") || "nothing"} of ${text(data.files)} files`;
  },
  "labels.added": (_, data) => `${text(data.new)} labels arrived for ${text(data.endpoint)}`,
  "comment.added": (entry, data) => `${entry.actor} said something about ${text(data.about)}`,
  "comment.changed": (entry, data) => `${entry.actor} said something else about ${text(data.about)}`,
  "comment.removed": (entry, data) => `${entry.actor} took away what was said about ${text(data.about)}`,
  "token.added": (entry) => `${entry.actor} made the token ${nameOf(entry)}`,
  "token.revoked": (entry) => `${entry.actor} revoked the token ${nameOf(entry)}`,
  "project.created": (entry) => `the project ${nameOf(entry)} was made`,
  "endpoint.declared": (entry, data) => `the endpoint ${nameOf(entry)} was declared for ${text(data.model)}`,
  "endpoint.listens": (entry, data) => `the endpoint ${nameOf(entry)} answers at ${text(data.address)}`,
  "monitor.declared": (entry, data) => `the monitor ${nameOf(entry)} watches ${text(data.endpoint)}`,
  "trigger.applied": (entry, data) => `the trigger ${nameOf(entry)} was set: ${text(data.sentence)}`,
};

function ofRun(entry: Entry, what: string, data: Data): string {
  const title = `run ${nameOf(entry)} ${[text(data.name), data.step && `(${text(data.step)})`].filter(Boolean).join(" ")}`.trim();
  if (what === "queued") return `${title} was asked for${data.again ? " again" : ""}`;
  if (what === "done" && data.reused_from) return `${title} reused the result of run ${text(data.reused_from)}`;
  if (what === "done") return typeof data.wall === "number" ? `${title} was done in ${data.wall} s` : `${title} was done`;
  return `${title} ${what.replaceAll("_", " ")}${because(data)}`;
}

/** What an entry is about, as closely as it can be shown: the alarm rather than its monitor, what was talked about rather than the comment. */
export function aboutOf(entry: Entry): string {
  const data: Data = entry.data ?? {};
  if (entry.kind.startsWith("alarm.") && data.alarm) return `alarm:${text(data.alarm)}`;
  if (entry.kind.startsWith("comment.") && data.about) return text(data.about);
  if (entry.kind === "trigger.fired" && data.firing) return `firing:${text(data.firing)}`;
  if (entry.kind === "dataset.committed") return `${entry.subject}@v${text(data.version)}`;
  return entry.subject;
}

function nameOf(entry: Entry): string {
  return entry.subject.slice(entry.subject.indexOf(":") + 1);
}

function stages(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join(", then ") : "";
}

function inPlace(data: Data): string {
  return data.former ? `, in place of ${text(data.former)}` : "";
}

function because(data: Data): string {
  return data.reason ? `: ${text(data.reason)}` : "";
}

function plain(entry: Entry, data: Data): string {
  const facts = Object.entries(data)
    .filter(([, value]) => (typeof value === "string" && value) || typeof value === "number")
    .map(([name, value]) => `${name} ${value}`);
  return `${entry.kind} ${entry.subject}${facts.length ? `: ${facts.join(", ")}` : ""}`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
