// The tab Logs: what each attempt printed. What a pipeline's steps printed is with them.
import { Log } from "../../parts/log";
import { Choice } from "../../parts/popup";
import { toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import type { Run } from "./index";

export function Logs({ run }: { run: Run }) {
  const [attempt, choose] = useParam("attempt", "0");
  const attempts = run.attempts ?? [];
  const number = Number(attempt) || 0;
  const steps = (run.children ?? []).slice(0, 200);
  return (
    <div class="stack">
      {(attempts.length > 1 || steps.length > 0) && (
        <div class="row">
          {attempts.length > 1 && (
            <Choice
              label="attempt"
              value={attempt}
              options={[
                ["0", "the newest"],
                ...attempts.map((one) => [String(one.number), `${one.number}: ${one.end?.kind ?? one.state}`] as const),
              ]}
              choose={choose}
            />
          )}
          {steps.length > 0 && (
            <span class="soft">
              of its steps:{" "}
              {steps.map((child, at) => (
                <span key={child.id}>
                  {at > 0 && ", "}
                  <a href={toRun(child.id, "logs")}>
                    {child.step} {child.id}
                  </a>
                </span>
              ))}
            </span>
          )}
        </div>
      )}
      <Log
        run={String(run.id)}
        attempt={number}
        name={`run-${run.id}${number ? `-attempt-${number}` : ""}`}
        live={run.state === "running"}
      />
    </div>
  );
}
