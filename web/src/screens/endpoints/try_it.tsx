// The try-it box: a request made of what the model takes, changed as a form or as JSON, sent, and what came back.
import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk } from "../../api/ask";
import { type Problem, send } from "../../api/client";
import { Answered, Waiting } from "../../parts/answer";
import { Copy } from "../../parts/copy";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { type Endpoint, liveOf, refOf } from "../../parts/stages";
import { took } from "../../parts/words";
import { me } from "../../state/me";
import { project } from "../../state/project";
import { curl, type Field, fieldsOf, middle, parse, pretty, python, read, rowOf, sampled, typed, withCell } from "./form";

export type Tried = { status: number; seconds: number; answer: unknown; address: string; revision?: string; version?: string };

const ROWS = 100;

export function TryIt({ endpoint }: { endpoint: Endpoint }) {
  const live = liveOf(endpoint);
  const version = useAsk("registry.version", live ? { ref: refOf(live) } : null);
  const digest = version.value?.sample?.digest;
  const sample = useAsk("data.preview_artifact", digest ? { digest, rows: ROWS } : null);
  const note = live ? "what is sent is a prediction like all others, and recorded as one" : undefined;
  return (
    <Panel title="Try it" note={note}>
      {live ? (
        <Answered of={version}>
          {({ signature }) => {
            if (digest && sample.loading && !sample.value) return <Waiting />;
            const inputs = signature?.inputs ?? [];
            const rows = sampled(inputs, sample.value);
            return signature ? (
              <Box endpoint={endpoint} fields={fieldsOf(inputs)} rows={rows.length ? rows : [middle(inputs)]} real={rows.length > 0} />
            ) : (
              <Box endpoint={endpoint} fields={[]} rows={[[]]} real={false} />
            );
          }}
        </Answered>
      ) : (
        <p class="soft">Nothing is live, so that nothing would answer.</p>
      )}
    </Panel>
  );
}

type BoxProps = {
  endpoint: Endpoint;
  fields: readonly Field[];
  /** What a request begins with: rows that the model was made with, where they are `real`. */
  rows: readonly unknown[];
  real: boolean;
};

function Box({ endpoint, fields, rows, real }: BoxProps) {
  const [at, setAt] = useState(0);
  const first = pretty({ rows: [rows[at % rows.length]] });
  const [text, setText] = useState(first);
  const [form, setForm] = useState(fields.length > 0);
  const [tried, setTried] = useState<Tried>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  useEffect(() => setText(first), [first]);
  const wrong = parse(text).problem;
  const row = rowOf(text);
  const ask = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      setTried((await attempt(endpoint.name, text)) as Tried);
    } catch (error) {
      setTried(undefined);
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const address = endpoint.address || `http://127.0.0.1:${endpoint.settings.port || "PORT"}`;
  const guarded = !!(endpoint.settings.tokens || me.value?.guarded);
  return (
    <form class="stack" onSubmit={ask}>
      <div class="row">
        <button type="button" aria-pressed={form} disabled={!row || !fields.length} onClick={() => setForm(true)}>
          as a form
        </button>
        <button type="button" aria-pressed={!form} onClick={() => setForm(false)}>
          as JSON
        </button>
        {rows.length > 1 && (
          <button type="button" onClick={() => setAt((at + 1) % rows.length)}>
            Another row
          </button>
        )}
        {fields.length > 0 && (
          <span class="soft">
            {real ? `row ${(at % rows.length) + 1} of the sample kept with the model` : "the middle of what was seen in training"}
          </span>
        )}
        <span class="gap" />
        <Copy text={curl(address, text, guarded)} label="copy as curl" />
        <Copy text={python(address, text, guarded)} label="copy as Python" />
      </div>
      {form && row ? (
        <div class="form-grid">
          {fields.map((field) => (
            <Input
              key={field.name}
              field={field}
              value={row[field.name]}
              change={(value) => setText(withCell(text, field.name, read(field, value)))}
            />
          ))}
        </div>
      ) : (
        <label class="field">
          Request body
          <textarea class="mono" rows={12} value={text} aria-invalid={!!wrong} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
      )}
      {wrong && (
        <p class="bad" role="alert">
          ✕ {wrong}
        </p>
      )}
      <div class="row">
        <button type="submit" class="primary" disabled={busy || !!wrong}>
          Ask {endpoint.name}
        </button>
        {endpoint.state !== "on" && <span class="soft">it is switched off</span>}
      </div>
      {problem && <ProblemBox problem={problem} />}
      {tried && <Came of={tried} />}
    </form>
  );
}

function attempt(endpoint: string, body: string): Promise<unknown> {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-Treadle-Project": project.value };
  return send(`/api/endpoints/${encodeURIComponent(endpoint)}/try`, { method: "POST", headers, body });
}

function Input({ field, value, change }: { field: Field; value: unknown; change: (value: string) => void }) {
  const shown = typed(value);
  const choices = field.kind === "choice" ? field.options : field.kind === "yes or no" ? ["true", "false"] : null;
  return (
    <label class="field">
      {field.name}
      {choices ? (
        <select value={shown} onChange={(event) => change(event.currentTarget.value)}>
          {field.hint.includes("may be missing") && <option value="">(missing)</option>}
          {!choices.includes(shown) && shown !== "" && <option value={shown}>{shown}</option>}
          {choices.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      ) : (
        <Typed field={field} shown={shown} change={change} />
      )}
      <small>{field.hint}</small>
    </label>
  );
}

function Typed({ field, shown, change }: { field: Field; shown: string; change: (value: string) => void }) {
  if (field.kind === "text" || field.kind === "moment")
    return <input value={shown} onInput={(event) => change(event.currentTarget.value)} />;
  const step = field.kind === "integer" ? 1 : "any";
  return <input type="number" step={step} value={shown} onInput={(event) => change(event.currentTarget.value)} />;
}

function Came({ of }: { of: Tried }) {
  const good = of.status < 400;
  return (
    <div role="status">
      <p class="row">
        <strong class={good ? "ok" : "bad"}>
          {good ? "✓" : "✕"} {of.status}
        </strong>
        <span>in {took(of.seconds)}</span>
        {of.version && (
          <span>
            answered by {of.version}, revision {of.revision}
          </span>
        )}
        <span class="soft mono">{of.address}</span>
      </p>
      <pre>{pretty(of.answer)}</pre>
    </div>
  );
}
