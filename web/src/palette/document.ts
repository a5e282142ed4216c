// The API document as the palette reads it: what each operation does, what it asks for, and who may.
import { send } from "../api/client";

export type Schema = {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  default?: unknown;
  anyOf?: Schema[];
  $ref?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
};
export type Field = { name: string; schema: Schema; required: boolean };
export type Operation = { name: string; summary: string; description: string; permission: string; method: string; fields: Field[] };

type Told = {
  operationId: string;
  summary: string;
  description?: string;
  "x-permission": string;
  parameters?: { name: string; required: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
};
type Document = { paths: Record<string, Record<string, Told>>; components: { schemas: Record<string, Schema> } };

let known: Promise<Operation[]> | undefined;

/** Every operation that a person may perform here: not those between processes, nor those whose body is a stream of bytes. */
export function operations(): Promise<Operation[]> {
  known ??= send("/openapi.json", {}).then((document) => read(document as Document));
  known.catch(() => {
    known = undefined; // asked again when the palette is opened again
  });
  return known;
}

export function read(document: Document): Operation[] {
  const made: Operation[] = [];
  for (const methods of Object.values(document.paths)) {
    for (const [method, told] of Object.entries(methods)) {
      const body = told.requestBody?.content;
      if (told.operationId.startsWith("work.") || (body && !body["application/json"])) continue;
      made.push({
        name: told.operationId,
        summary: told.summary,
        description: told.description ?? "",
        permission: told["x-permission"],
        method: method.toUpperCase(),
        fields: [
          ...(told.parameters ?? []).map(({ name, required, schema }) => ({ name, required, schema })),
          ...inBody(document, body?.["application/json"]?.schema),
        ],
      });
    }
  }
  return made.sort((a, b) => a.name.localeCompare(b.name));
}

function inBody(document: Document, schema: Schema | undefined): Field[] {
  const found = resolved(document, schema);
  return Object.entries(found?.properties ?? {}).map(([name, one]) => ({
    name,
    schema: one,
    required: found?.required?.includes(name) ?? false,
  }));
}

function resolved(document: Document, schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split("/").at(-1);
  return name ? document.components.schemas[name] : schema;
}

/** How a field is written: a word, a number, yes or no, one of a few, or JSON. */
export function kindOf(schema: Schema): "text" | "number" | "boolean" | "choice" | "json" {
  const types = [schema.type, ...(schema.anyOf ?? []).map((one) => one.type ?? "object")].flat().filter((one) => one && one !== "null");
  if (schema.enum) return "choice";
  if (types.length !== 1) return "json";
  return types[0] === "string"
    ? "text"
    : types[0] === "integer" || types[0] === "number"
      ? "number"
      : types[0] === "boolean"
        ? "boolean"
        : "json";
}

/** The value of what was written into a field; undefined for nothing. Throws a SyntaxError for what is no JSON. */
export function written(field: Field, text: string): unknown {
  const kind = kindOf(field.schema);
  if (text === "" && !(kind === "text" && field.required)) return undefined;
  if (kind === "number") return Number(text);
  if (kind === "boolean") return text === "yes";
  return kind === "json" ? JSON.parse(text) : text;
}
