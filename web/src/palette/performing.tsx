// The form of any operation, made from what the API document says of it, and its answer.
import { useState } from "preact/hooks";
import { forget, problemOf } from "../api/ask";
import { call, Problem } from "../api/client";
import { Copy } from "../parts/copy";
import { ProblemBox } from "../parts/problem";
import { me, permits } from "../state/me";
import { type Field, kindOf, type Operation, written as read } from "./document";

const NUMBER = { type: "number", step: "any" } as const;
const TEXT = { type: "text", list: undefined } as const;

export function Performing({ operation, back }: { operation: Operation; back: () => void }) {
  const [written, setWritten] = useState<Record<string, string>>({});
  const [answer, setAnswer] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const refused =
    me.value && !permits(me.value.may ?? [], operation.permission)
      ? `your role ${me.value.role} does not allow ${operation.permission}`
      : "";
  const perform = async (event: Event) => {
    event.preventDefault();
    setProblem(undefined);
    setAnswer(undefined);
    try {
      const told = await call(operation.name as "runs.list", requestOf(operation, written));
      if (operation.method !== "GET") forget();
      setAnswer(JSON.stringify(told, null, 2));
    } catch (error) {
      setProblem(error instanceof SyntaxError ? new Problem(`that is no JSON: ${error.message}`, 0) : problemOf(error));
    }
  };
  return (
    <form onSubmit={perform}>
      <p>
        <button type="button" class="quiet" onClick={back}>
          ← all
        </button>{" "}
        <b class="mono">{operation.name}</b> <span class="soft">{operation.permission}</span>
      </p>
      <p class="soft">{operation.description || operation.summary}</p>
      {operation.fields.map((field) => (
        <Written
          key={field.name}
          field={field}
          value={written[field.name] ?? ""}
          write={(text) => setWritten({ ...written, [field.name]: text })}
        />
      ))}
      <p class="row">
        <button type="submit" class="primary" disabled={!!refused} title={refused || undefined}>
          Perform
        </button>
        <code>{lineOf(operation, written)}</code>
        <Copy text={lineOf(operation, written)} />
      </p>
      {refused && <p class="warn">{refused}</p>}
      {problem && <ProblemBox problem={problem} />}
      {answer !== undefined && <pre class="answer">{answer}</pre>}
    </form>
  );
}

function Written({ field, value, write }: { field: Field; value: string; write: (text: string) => void }) {
  const kind = kindOf(field.schema);
  const label = `${field.name}${field.required ? "" : " (optional)"}`;
  const choices = kind === "boolean" ? ["yes", "no"] : (field.schema.enum ?? []).map(String);
  return (
    <label class="field">
      <span class="mono">{label}</span>
      {kind === "choice" || kind === "boolean" ? (
        <select value={value} required={field.required} onChange={(event) => write(event.currentTarget.value)}>
          <option value="" />
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : kind === "json" ? (
        <textarea
          rows={2}
          class="mono"
          placeholder="JSON"
          value={value}
          required={field.required}
          onInput={(event) => write(event.currentTarget.value)}
        />
      ) : (
        <input
          {...(kind === "number" ? NUMBER : TEXT)}
          value={value}
          required={field.required}
          onInput={(event) => write(event.currentTarget.value)}
        />
      )}
    </label>
  );
}

function requestOf(operation: Operation, written: Record<string, string>): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of operation.fields) {
    const value = read(field, written[field.name] ?? "");
    if (value !== undefined) made[field.name] = value;
  }
  return made;
}

/** The same on the command line. */
export function lineOf(operation: Operation, written: Record<string, string>): string {
  const fields = operation.fields
    .filter((field) => written[field.name])
    .map((field) => ` -f ${quoted(`${field.name}=${written[field.name]}`)}`);
  return `treadle api ${operation.name}${fields.join("")}`;
}

function quoted(word: string): string {
  return /^[\w.,:@/=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
