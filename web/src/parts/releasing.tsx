// A release as a form: in which stages, with which guardrails, and what will follow. Against the gates only with words.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Schema } from "../api/client";
import { usePerform } from "./act";
import { Foot } from "./dialog";
import { ProblemBox } from "./problem";
import { type Endpoint, guardWords, liveOf, PLANS, refOf, type Stage, shareWords, waits } from "./stages";
import { State } from "./state";

type Guard = { errors: boolean; latency: string; loss: string; crashes: string };
type Version = Schema<"ModelVersion">;
type Props = {
  endpoint: Endpoint;
  version: Version;
  /** How the endpoint or the version is chosen. */
  children: ComponentChildren;
  close: () => void;
  done: () => void;
};

export function Releasing({ endpoint, version, children, close, done }: Props) {
  const live = liveOf(endpoint);
  const [plan, setPlan] = useState(live ? "shadow" : "once");
  const [stages, setStages] = useState<Stage[]>(PLANS[live ? "shadow" : "once"]!.stages);
  const [guard, setGuard] = useState<Guard>({ errors: true, latency: "2", loss: "0", crashes: "2" });
  const [override, setOverride] = useState("");
  const { perform, busy, problem } = usePerform("serving.release", done);
  const guardrails = {
    errors: guard.errors,
    latency: Number(guard.latency) || 0,
    loss: guard.loss === "" ? null : Number(guard.loss),
    crashes: Number(guard.crashes) || 0,
  };
  const name = `${version.model}@v${version.number}`;
  const against = version.stage !== "approved";
  const submit = (event: Event) => {
    event.preventDefault();
    perform({ endpoint: endpoint.name, ref: name, stages, guardrails, override });
  };
  return (
    <form onSubmit={submit}>
      {children}
      <p>
        <State is={version.stage} />{" "}
        {(version.gates ?? [])
          .filter((gate) => gate.state !== "passed")
          .map((gate) => (
            <span key={gate.gate} class="bad">
              ✕ {gate.gate}: {gate.sentence}{" "}
            </span>
          ))}
      </p>
      <label class="field">
        How
        <select
          value={plan}
          onChange={(event) => {
            setPlan(event.currentTarget.value);
            setStages(PLANS[event.currentTarget.value]!.stages);
          }}
        >
          {Object.entries(PLANS).map(([key, one]) => (
            <option key={key} value={key}>
              {one.words}
            </option>
          ))}
        </select>
      </label>
      {stages.length > 0 && <Stages all={stages} change={setStages} />}
      {stages.length > 0 && <GuardFields of={guard} change={setGuard} />}
      <p class="consequence">
        {told(endpoint, name, stages)} {stages.length > 0 && `It is ${guardWords(guardrails)}.`}
      </p>
      {against && (
        <label class="field">
          {name} is {version.stage}, not approved. Why is it released all the same? This is recorded.
          <textarea rows={2} required value={override} onInput={(event) => setOverride(event.currentTarget.value)} />
        </label>
      )}
      {problem && <ProblemBox problem={problem} />}
      <Foot close={close} off={busy} kind={against ? "danger" : "primary"}>
        Release {name}
      </Foot>
    </form>
  );
}

/** What will follow. */
export function told(endpoint: Endpoint, name: string, stages: readonly Stage[]): string {
  const live = liveOf(endpoint);
  const replaced = endpoint.rollout ? "The rollout that is under way is replaced, and its revision retired. " : "";
  if (!live) return `${replaced}Nothing is live: ${name} answers everything as soon as it is loaded.`;
  if (!stages.length)
    return `${replaced}${name} answers everything as soon as it is loaded, in place of ${refOf(live)}, which is kept ready for going back.`;
  const words = stages.map((stage) => `${shareWords(stage)} until ${waits(stage)}`).join(", then ");
  return `${replaced}${name}: ${words}, then everything. ${refOf(live)} answers the rest.`;
}

function Stages({ all, change }: { all: readonly Stage[]; change: (all: Stage[]) => void }) {
  const put = (at: number, part: Partial<Stage>) => change(all.map((stage, place) => (place === at ? { ...stage, ...part } : stage)));
  const field = (at: number, name: "rows" | "labels" | "seconds") => (
    <td>
      <input
        type="number"
        min={0}
        aria-label={`${name} of stage ${at + 1}`}
        value={all[at]![name] ?? 0}
        onInput={(event) => put(at, { [name]: Number(event.currentTarget.value) || 0 })}
      />
    </td>
  );
  return (
    <div class="scrolls">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">stage</th>
            <th scope="col">until rows</th>
            <th scope="col">and labels</th>
            <th scope="col">and seconds</th>
          </tr>
        </thead>
        <tbody>
          {all.map((stage, at) => (
            <tr key={at}>
              <td>
                {at + 1}: {shareWords(stage)}
              </td>
              {field(at, "rows")}
              {field(at, "labels")}
              {field(at, "seconds")}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GuardFields({ of, change }: { of: Guard; change: (guard: Guard) => void }) {
  return (
    <fieldset class="row">
      <legend class="soft">taken back for</legend>
      <label>
        <input type="checkbox" checked={of.errors} onChange={(event) => change({ ...of, errors: event.currentTarget.checked })} /> more
        failed requests
      </label>
      <label>
        p99 above{" "}
        <input
          type="number"
          min={0}
          step={0.1}
          size={4}
          value={of.latency}
          onInput={(event) => change({ ...of, latency: event.currentTarget.value })}
        />{" "}
        times that of live (0: never)
      </label>
      <label>
        labelled loss worse by{" "}
        <input type="number" min={0} step="any" value={of.loss} onInput={(event) => change({ ...of, loss: event.currentTarget.value })} />{" "}
        (empty: never)
      </label>
      <label>
        crashes{" "}
        <input type="number" min={0} value={of.crashes} onInput={(event) => change({ ...of, crashes: event.currentTarget.value })} />
      </label>
    </fieldset>
  );
}
