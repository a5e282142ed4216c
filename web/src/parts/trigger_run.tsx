// What a trigger runs: what a run on record was, with its code, environment and parameters, on the data as they are then.
import { useState } from "preact/hooks";
import { useAsk } from "../api/ask";
import type { Answer, Problem, Schema } from "../api/client";
import { ProblemBox } from "./problem";

export type Run = Answer<"runs.get">;
type Listed = Answer<"runs.list">["runs"][number];

export type RunOnRecord = {
  candidates: readonly Listed[];
  chosen: string;
  choose: (run: string) => void;
  /** The chosen one with all that it was made of, as soon as it is known. */
  run: Run | undefined;
  /** Everything was looked through, and nothing has ended well yet. */
  none: boolean;
  problem: Problem | undefined;
};

/** A run among those that a query finds and that `among` leaves; the first one, until another one is chosen. */
export function useRunOnRecord(query: string, among: (runs: readonly Listed[]) => Listed[], first = ""): RunOnRecord {
  const runs = useAsk("runs.list", { query, limit: 100 });
  const [wanted, choose] = useState<string>();
  const candidates = among(runs.value?.runs ?? []);
  const chosen = wanted ?? (first || String(candidates[0]?.id ?? ""));
  const run = useAsk("runs.get", /^\d+$/.test(chosen) ? { run: chosen } : null);
  return {
    candidates,
    chosen,
    choose,
    run: run.value,
    none: !!runs.value && !candidates.length,
    problem: run.problem ?? runs.problem,
  };
}

/** `kept` is a choice before all runs: to leave what the trigger runs as it is. */
export function RunField({ of, kept }: { of: RunOnRecord; kept?: { value: string; words: string } | undefined }) {
  return (
    <>
      {(of.candidates.length > 0 || kept) && (
        <label class="field">
          Run what this run was
          <select value={of.chosen} onChange={(event) => of.choose(event.currentTarget.value)}>
            {kept && <option value={kept.value}>{kept.words}</option>}
            {of.candidates.map((one) => (
              <option key={one.id} value={String(one.id)}>
                {one.step}, as run {one.id} {one.name}
              </option>
            ))}
          </select>
          <small class="soft">Its code, environment and parameters as they are on record; its data as they are then.</small>
        </label>
      )}
      {of.none && !kept && (
        <p>
          No run has ended well yet that could be run again: <code>treadle run FILE::PIPELINE</code>
        </p>
      )}
      {of.problem && <ProblemBox problem={of.problem} />}
    </>
  );
}

/** The newest run of each pipeline and step, pipelines first. */
export function newestOfEach<R extends { id: number; step: string; kind: string }>(runs: readonly R[]): R[] {
  const found = new Map<string, R>();
  for (const run of runs) if ((found.get(run.step)?.id ?? 0) < run.id) found.set(run.step, run);
  return [...found.values()].sort((a, b) => Number(b.kind === "pipeline") - Number(a.kind === "pipeline") || b.id - a.id);
}

/** The request of a run as a trigger repeats it: its code, environment and parameters, but its data as they are then. An input that was
 * pinned to a version takes the newest one; what the definition names itself is left to it. */
export function submissionOf(run: Run): Schema<"SubmitRun"> {
  const definition = run.definition!;
  const sources = new Map((definition.inputs ?? []).map((input) => [input.name, input.source]));
  const bindings = Object.fromEntries(
    Object.entries(run.bindings ?? {})
      .filter(([name]) => !sources.get(name))
      .map(([name, binding]) => [name, binding.dataset ? { dataset: newest(binding.dataset) } : binding]),
  );
  const options = run.options?.entry ? { entry: run.options.entry } : {};
  return {
    key: "",
    definition,
    bindings,
    code: run.code ?? null,
    environment: run.environment ?? null,
    options,
    parameters: (run.parameters ?? {}) as Record<string, never>,
  };
}

function newest(dataset: string): string {
  const name = dataset.replace(/^dataset:\/\//, "").replace(/@.*$/, "");
  return `dataset://${name}`;
}
