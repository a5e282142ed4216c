// The run that a champion came from: what runs of its step, or of its pipeline, are held against when nobody says otherwise.
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "../api/ask";
import { type Answer, call } from "../api/client";

/** `known`: it has been looked for; `run` is null where no champion came from that step or pipeline. */
export type Champion = { run: string | null; known: boolean };

const UNKNOWN: Champion = { run: null, known: false };

/** The champion's run of a step or pipeline; null asks nothing. */
export function useChampion(step: string | null): Champion {
  const models = useAsk("registry.models", step === null ? null : {});
  const [found, setFound] = useState<Champion & { step: string | null }>({ ...UNKNOWN, step: null });
  const { value: list, problem } = models;
  useEffect(() => {
    if (step === null) return;
    if (problem) setFound({ run: null, known: true, step });
    if (!list) return;
    let left = false;
    runOf(list, step)
      .catch(() => null)
      .then((run) => !left && setFound({ run, known: true, step }));
    return () => {
      left = true;
    };
  }, [list, problem, step]);
  return found.step === step ? found : UNKNOWN;
}

async function runOf(models: Answer<"registry.models">, step: string): Promise<string | null> {
  for (const model of models) {
    if (!model.aliases?.champion) continue;
    const version = await call("registry.version", { ref: `${model.name}@champion` });
    if (!version.run) continue;
    const run = await call("runs.get", { run: String(version.run) });
    if (run.step === step) return String(run.id);
    if (run.root === run.id) continue;
    const pipeline = await call("runs.get", { run: String(run.root) });
    if (pipeline.step === step) return String(pipeline.id);
  }
  return null;
}
