// Operations by name, typed by the API document: `call("runs.get", { run: "17" })`.
import { project } from "../state/project";
import { signedOut } from "../state/signed_out";
import type { components, operations } from "./document";
import { TABLE } from "./table";

export type Name = keyof typeof TABLE & keyof operations;
export type Schema<N extends keyof components["schemas"]> = components["schemas"][N];

type Part<O, K extends string> = O extends { parameters: { [key in K]?: infer P } } ? (P extends object ? P : unknown) : unknown;
type Body<O> = O extends { requestBody?: infer R }
  ? NonNullable<R> extends { content: { "application/json": infer B } }
    ? B extends Record<string, never> // an operation whose fields all stand in the path
      ? unknown
      : B
    : unknown
  : unknown;
export type Request<N extends Name> = Part<operations[N], "path"> & Part<operations[N], "query"> & Body<operations[N]>;
export type Answer<N extends Name> = operations[N] extends { responses: { 200: { content: { "application/json": infer A } } } } ? A : never;

/** An error as the server tells it (RFC 9457): what, where, and what to do next. */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly status: number,
    readonly code = "",
    readonly where = "",
    readonly hint = "",
    /** In a query: where the word begins and ends that cannot be read, in characters from 0. */
    readonly span?: readonly number[],
  ) {
    super(title);
  }
}

/** Performs an operation in the project that is shown. Throws a Problem, also when the server does not answer. */
export async function call<N extends Name>(
  name: N,
  request: Request<N>,
  options: { signal?: AbortSignal; project?: string } = {},
): Promise<Answer<N>> {
  const [method] = TABLE[name];
  const asks = method === "GET" || method === "DELETE";
  const { path, rest } = split(name, request as Record<string, unknown>);
  const headers: Record<string, string> = { Accept: "application/json", "X-Treadle-Project": options.project ?? project.value };
  if (!asks) headers["Content-Type"] = "application/json";
  return (await send(asks ? path + searched(rest) : path, {
    method,
    headers,
    body: asks ? null : JSON.stringify(rest),
    signal: options.signal ?? null,
  })) as Answer<N>;
}

/** The address of an operation that answers bytes or may be opened by itself, for links and downloads. */
export function address<N extends Name>(name: N, request: Request<N>): string {
  const { path, rest } = split(name, request as Record<string, unknown>);
  return path + searched(rest);
}

/** A request to the server beside the operation table; the answer is JSON. */
export async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("the server does not answer", 0, "", location.host, "is `treadle up` still running there?");
  }
  if (response.status === 401 && path !== "/api/sign-in") signedOut.value = true;
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const told = JSON.parse(text) as Schema<"Problem">;
    return new Problem(told.title, response.status, told.code, told.where, told.hint, told.span);
  } catch {
    return new Problem(text.slice(0, 200) || response.statusText, response.status);
  }
}

function split(name: Name, request: Record<string, unknown>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...request };
  const path = TABLE[name][1].replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  return { path, rest };
}

function searched(fields: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** Bytes in JSON are base64. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
