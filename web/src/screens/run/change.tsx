// Asks for a run again, with other parameters: one field each, of the kind that its type asks for.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Answer } from "../../api/client";
import { freshKey } from "../../api/fresh";
import { usePerform } from "../../parts/act";
import { Dialog } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { count, said } from "../../parts/words";
import { refusal } from "../../state/me";
import { toRun } from "../../state/paths";
import { changedOf, choices, kindOf, type Parameter, textOf } from "./values";

type Run = Answer<"runs.get">;

export function Again({ run, label = "Rerun with changes" }: { run: Run; label?: string }) {
  const [asking, setAsking] = useState(false);
  const refused = refusal("runs.rerun");
  return (
    <>
      <button
        type="button"
        disabled={!!refused}
        title={refused || "the same code and inputs, other parameters"}
        onClick={() => setAsking(true)}
      >
        {label}
      </button>
      {asking && (
        <Dialog title={`${label}: run ${run.id} ${run.name}`} close={() => setAsking(false)} wide>
          <Changing run={run} close={() => setAsking(false)} />
        </Dialog>
      )}
    </>
  );
}

function Changing({ run, close }: { run: Run; close: () => void }) {
  const { route } = useLocation();
  const parameters = run.definition?.parameters ?? [];
  const before = run.parameters ?? {};
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [cache, setCache] = useState(true);
  const [note, setNote] = useState("");
  const { perform, busy, problem } = usePerform("runs.rerun", (made) => {
    close();
    route(toRun(made.id));
  });
  const told = changedOf(parameters, before, texts);
  const changes = "changes" in told ? told.changes : {};
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const options = { ...(cache ? {} : { cache }), ...(note ? { note } : {}) };
        if ("changes" in told) perform({ run: String(run.id), key: freshKey(), parameters: told.changes as never, options });
      }}
    >
      <p class="soft">Code, inputs and environment are those of run {run.id}.</p>
      {parameters.length === 0 && <p>It takes no parameters.</p>}
      <div class="parameters">
        {parameters.map((parameter) => (
          <Field
            key={parameter.name}
            parameter={parameter}
            text={texts[parameter.name] ?? textOf(parameter, before[parameter.name])}
            other={parameter.name in changes}
            set={(text) => setTexts({ ...texts, [parameter.name]: text })}
          />
        ))}
      </div>
      <label class="field">
        Note
        <input class="wide-input" value={note} placeholder={run.note ?? ""} onInput={(event) => setNote(event.currentTarget.value)} />
      </label>
      <label class="row">
        <input type="checkbox" checked={!cache} onChange={(event) => setCache(!event.currentTarget.checked)} /> perform it even when an
        equal run has finished
      </label>
      {"wrong" in told && <p class="bad">✕ {told.wrong}</p>}
      {problem && <ProblemBox problem={problem} />}
      <footer>
        <span class="soft">
          {Object.keys(changes).length
            ? Object.entries(changes)
                .map(([name, value]) => `${name} ${said(before[name])} → ${said(value)}`)
                .join(", ")
            : "nothing is changed"}
        </span>
        <span class="gap" />
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={busy || "wrong" in told}>
          {Object.keys(changes).length ? `Run with ${count(Object.keys(changes).length, "change")}` : "Run again"}
        </button>
      </footer>
    </form>
  );
}

type FieldProps = { parameter: Parameter; text: string; other: boolean; set: (text: string) => void };

function Field({ parameter, text, other, set }: FieldProps) {
  const kind = kindOf(parameter);
  return (
    <label class={`field ${other ? "other" : ""}`}>
      <span>
        <b class="mono">{parameter.name}</b> <span class="soft">{parameter.annotation}</span> {other && <span class="accent">changed</span>}
      </span>
      {kind === "switch" || kind === "choice" ? (
        <select value={text} onChange={(event) => set(event.currentTarget.value)}>
          {(kind === "switch" ? [true, false] : choices(parameter)).map((one) => (
            <option key={String(one)} value={JSON.stringify(one)}>
              {said(one)}
            </option>
          ))}
        </select>
      ) : (
        <input
          value={text}
          class={kind === "text" ? "" : "mono"}
          inputMode={kind === "number" ? "decimal" : "text"}
          spellcheck={false}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
