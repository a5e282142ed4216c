// Parameters as fields of a form: which kind of field suits a schema, and what a text in it means. Pure.
import type { Schema } from "../../api/client";

export type Parameter = Schema<"Parameter">;
export type Kind = "number" | "switch" | "choice" | "text" | "json";
type JsonSchema = { type?: string | string[]; enum?: unknown[]; anyOf?: JsonSchema[]; minimum?: number; maximum?: number };

/** What a parameter may be, without "or nothing" where that is allowed, too. */
function schemaOf(parameter: Parameter): { schema: JsonSchema; optional: boolean } {
  const whole = parameter.schema as JsonSchema;
  const parts = whole.anyOf ?? [whole];
  const rest = parts.filter((part) => part.type !== "null");
  return { schema: rest.length === 1 ? rest[0]! : {}, optional: rest.length < parts.length };
}

export function kindOf(parameter: Parameter): Kind {
  const { schema, optional } = schemaOf(parameter);
  if (schema.enum) return "choice";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "boolean" && !optional) return "switch";
  if (schema.type === "string" && !optional) return "text";
  return "json";
}

export function choices(parameter: Parameter): unknown[] {
  return schemaOf(parameter).schema.enum ?? [];
}

/** A value as the text of its field. */
export function textOf(parameter: Parameter, value: unknown): string {
  if (value === undefined) return "";
  return kindOf(parameter) === "text" && typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}

/** What a text in a field means, or why it means nothing. */
export function read(parameter: Parameter, text: string): { value: unknown } | { wrong: string } {
  const { schema, optional } = schemaOf(parameter);
  const kind = kindOf(parameter);
  if (kind === "text") return { value: text };
  if (text.trim() === "") return optional ? { value: null } : { wrong: `${parameter.name} needs a value` };
  if (kind === "number") {
    const value = Number(text);
    if (Number.isNaN(value)) return { wrong: `${parameter.name} is a number, and \`${text}\` is none` };
    if (schema.type === "integer" && !Number.isInteger(value)) return { wrong: `${parameter.name} is a whole number` };
    return { value };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { wrong: `${parameter.name} is written as JSON: "text", 3, [1, 2], {"a": 1}, true or null` };
  }
}

/** Those of the texts that mean something else than what there was; or the first one that means nothing. */
export function changedOf(
  parameters: readonly Parameter[],
  before: Record<string, unknown>,
  texts: Record<string, string>,
): { changes: Record<string, unknown> } | { wrong: string } {
  const changes: Record<string, unknown> = {};
  for (const parameter of parameters) {
    const text = texts[parameter.name];
    if (text === undefined || text === textOf(parameter, before[parameter.name])) continue;
    const meant = read(parameter, text);
    if ("wrong" in meant) return meant;
    if (JSON.stringify(meant.value) !== JSON.stringify(before[parameter.name])) changes[parameter.name] = meant.value;
  }
  return { changes };
}
