// The settings of a monitor in words, and changing them.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { usePerform } from "../../parts/act";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { count, num, took } from "../../parts/words";
import { refusal } from "../../state/me";
import type { Monitor, MonitorSettings } from "./reading";

const CHECKS: Record<string, string> = {
  quality: "quality: is the data sound",
  drift: "drift of inputs",
  predictions: "drift of predictions",
  joint: "joint: do inputs still belong together",
  performance: "performance: where labels are known",
  traffic: "traffic: errors and latency",
};
const DAY = 86_400;

/** What is watched, and when a window is bad, in sentences. */
export function settingsWords(of: MonitorSettings): string[] {
  const size = of.rows ? count(of.rows, "prediction") : took(of.seconds);
  const against = of.reference === "previous" ? "the window before" : "the training profile of the version that answered";
  const wished = of.performance;
  const bound = wished && boundWords(wished);
  return [
    `a window holds ${size}, at least ${count(of.least_rows ?? 200, "row")}, and is compared with ${against}`,
    `checks: ${(of.checks ?? ["quality", "drift", "predictions", "traffic"]).join(", ")}`,
    of.columns?.length ? `only ${of.columns.join(", ")}` : of.ignore?.length ? `all inputs but ${of.ignore.join(", ")}` : "all inputs",
    of.slices?.length ? `and each value of ${of.slices.join(", ")} by itself` : "",
    `a feature counts as drifted from ${num(of.material ?? 0.1)} on, is noted from ${num(of.recorded ?? 0.02)} on; ${num((of.alpha ?? 0.05) * 100)} % of quiet windows may look drifted`,
    wished ? `${wished.metric} ${bound}, judged with ${num((wished.labelled ?? 0.8) * 100)} % of the labels` : "",
    of.latency != null ? `99 of 100 answers within ${took(of.latency)}` : "",
    `at most ${num((of.errors ?? 0.01) * 100)} % of the requests may fail`,
    `an alarm opens after ${of.open ?? 2} bad windows of the last ${of.among ?? 3}, and closes after ${of.close ?? 3} good ones`,
    of.silence ? `no prediction for ${took(of.silence)} is an alarm` : "",
  ].filter(Boolean);
}

function boundWords(wished: NonNullable<MonitorSettings["performance"]>): string {
  if (wished.at_least != null) return `at least ${num(wished.at_least)}`;
  if (wished.at_most != null) return `at most ${num(wished.at_most)}`;
  return `at most ${num(wished.worse_by ?? 0)} worse than on the holdout`;
}

export function EditSettings({ monitor, done }: { monitor: Monitor; done: () => void }) {
  const [open, setOpen] = useState(false);
  const refused = refusal("monitoring.declare");
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Edit settings…
      </button>
      {open && (
        <Edit
          monitor={monitor}
          close={() => setOpen(false)}
          done={() => {
            setOpen(false);
            done();
          }}
        />
      )}
    </>
  );
}

const words = (text: string) =>
  text
    .split(/[,\s]+/)
    .map((word) => word.trim())
    .filter(Boolean);

function Edit({ monitor, close, done }: { monitor: Monitor; close: () => void; done: () => void }) {
  const [now, setNow] = useState<MonitorSettings>(monitor.settings);
  const { perform, busy, problem } = usePerform("monitoring.declare", done);
  const put = (part: Partial<MonitorSettings>) => setNow({ ...now, ...part });
  const number = (name: keyof MonitorSettings, otherwise: number, scale = 1) => (
    <input
      type="number"
      min={0}
      step="any"
      value={((now[name] as number | undefined) ?? otherwise) / scale}
      onInput={(event) => put({ [name]: Number(event.currentTarget.value) * scale })}
    />
  );
  const list = (name: "columns" | "ignore" | "slices") => <Words of={now[name] ?? []} change={(all) => put({ [name]: all })} />;
  const checks = now.checks ?? ["quality", "drift", "predictions", "traffic"];
  return (
    <Dialog title={`Settings of ${monitor.name}`} close={close} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          perform({ monitor: monitor.name, endpoint: monitor.endpoint, settings: now });
        }}
      >
        <fieldset class="row">
          <legend class="soft">checks</legend>
          {Object.entries(CHECKS).map(([name, told]) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={checks.includes(name)}
                onChange={() => put({ checks: checks.includes(name) ? checks.filter((one) => one !== name) : [...checks, name] })}
              />{" "}
              {told}
            </label>
          ))}
        </fieldset>
        <div class="settings-form">
          <Field label="A window holds so many predictions" hint="0: it holds a time instead">
            {number("rows", 0)}
          </Field>
          <Field label="or those of so many days" hint="0.0417 is an hour">
            {number("seconds", 0, DAY)}
          </Field>
          <Field label="Smaller windows are not judged (rows)">{number("least_rows", 200)}</Field>
          <Field label="Compared with">
            <select value={now.reference ?? "training"} onChange={(event) => put({ reference: event.currentTarget.value })}>
              <option value="training">the training data</option>
              <option value="previous">the window before</option>
            </select>
          </Field>
          <Field label="Only these inputs" hint="none: all of them">
            {list("columns")}
          </Field>
          <Field label="All inputs but these">{list("ignore")}</Field>
          <Field label="Each value of these by itself" hint="slices">
            {list("slices")}
          </Field>
          <Field label="Drift counts from" hint="KS distance or total variation">
            {number("material", 0.1)}
          </Field>
          <Field label="Drift is noted from">{number("recorded", 0.02)}</Field>
          <Field label="Share of quiet windows that may look drifted">{number("alpha", 0.05)}</Field>
          <Field label="An alarm opens after so many bad windows">{number("open", 2)}</Field>
          <Field label="of the last so many">{number("among", 3)}</Field>
          <Field label="and closes after so many good ones">{number("close", 3)}</Field>
          <Field label="Share of requests that may fail">{number("errors", 0.01)}</Field>
          <Field label="Seconds that 99 of 100 answers may take" hint="empty: any">
            <input
              type="number"
              min={0}
              step="any"
              value={now.latency ?? ""}
              onInput={(event) => put({ latency: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}
            />
          </Field>
          <Field label="Seconds without a prediction that are an alarm" hint="0: never">
            {number("silence", 0)}
          </Field>
          <PerformanceFields of={now.performance ?? null} put={(performance) => put({ performance })} />
        </div>
        <p class="consequence">From the next window on: {settingsWords(now).join("; ")}. Windows that were judged stay as they are.</p>
        {problem && <ProblemBox problem={problem} />}
        <Foot close={close} off={busy}>
          Save settings
        </Foot>
      </form>
    </Dialog>
  );
}

type Wished = NonNullable<MonitorSettings["performance"]>;
const BOUNDS = { worse_by: "so much worse than on the holdout", at_least: "at least", at_most: "at most" } as const;

function PerformanceFields({ of, put }: { of: Wished | null; put: (wished: Wished | null) => void }) {
  const bound = (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).find((name) => of?.[name] != null) ?? "worse_by";
  const value = of?.[bound] ?? 0;
  const kept = of ? { metric: of.metric, labelled: of.labelled ?? 0.8, estimate: of.estimate ?? true } : null;
  return (
    <>
      <Field label="Metric of labelled predictions" hint="auc, log_loss, rmse ...; empty: not watched">
        <input
          value={of?.metric ?? ""}
          onChange={(event) => {
            const metric = event.currentTarget.value.trim();
            put(metric ? { labelled: 0.8, estimate: true, ...kept, metric, [bound]: value } : null);
          }}
        />
      </Field>
      {kept && (
        <>
          <Field label="must be">
            <select value={bound} onChange={(event) => put({ ...kept, [event.currentTarget.value]: value })}>
              {Object.entries(BOUNDS).map(([name, told]) => (
                <option key={name} value={name}>
                  {told}
                </option>
              ))}
            </select>
          </Field>
          <Field label="by or than">
            <input
              type="number"
              step="any"
              value={value}
              onInput={(event) => put({ ...kept, [bound]: Number(event.currentTarget.value) })}
            />
          </Field>
          <Field label="Share of labels that is waited for">
            <input
              type="number"
              min={0}
              max={1}
              step="any"
              value={kept.labelled}
              onInput={(event) => put({ ...kept, [bound]: value, labelled: Number(event.currentTarget.value) })}
            />
          </Field>
        </>
      )}
    </>
  );
}

/** A list as one line: what is written stays as it is written, and counts at once, not when one leaves the field. */
function Words({ of, change }: { of: readonly string[]; change: (all: string[]) => void }) {
  const [text, setText] = useState(of.join(", "));
  return (
    <input
      value={text}
      onInput={(event) => {
        setText(event.currentTarget.value);
        change(words(event.currentTarget.value));
      }}
    />
  );
}

function Field({ label, hint, children }: { label: string; hint?: string; children: ComponentChildren }) {
  return (
    <label class="field">
      {label}
      {children}
      {hint && <small>{hint}</small>}
    </label>
  );
}
