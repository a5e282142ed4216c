// What can be done with a run, as far as its state allows it.
import { useLocation } from "preact-iso";
import { freshKey } from "../../api/fresh";
import { Act } from "../../parts/act";
import { count } from "../../parts/words";
import { toRun } from "../../state/paths";
import { Again } from "./change";
import type { Run } from "./index";
import { RegisterAct } from "./register";

const ENDED = ["done", "failed", "stopped"];

export function Actions({ run, again }: { run: Run; again: () => void }) {
  const { route } = useLocation();
  const ref = String(run.id);
  const waits = run.kind === "approval" && run.state === "queued";
  const performed = run.definition?.kind !== "script" && run.kind !== "approval";
  return (
    <>
      {waits && (
        <>
          <Act
            name="runs.decide"
            label="Approve"
            kind="primary"
            title={`Approve run ${run.id} ${run.name}`}
            consequence="What waits behind it goes on."
            words="Why, for the record"
            request={(why) => ({ run: ref, approve: true, why })}
            done={again}
          />
          <Act
            name="runs.decide"
            label="Reject"
            kind="danger"
            title={`Reject run ${run.id} ${run.name}`}
            consequence="What waits behind it fails, and so does its pipeline."
            words="Why, for the record"
            request={(why) => ({ run: ref, approve: false, why })}
            done={again}
          />
        </>
      )}
      {!ENDED.includes(run.state) && !waits && (
        <Act
          name="runs.stop"
          label="Stop"
          kind="danger"
          title={`Stop run ${run.id} ${run.name}`}
          consequence={<Stopping run={run} />}
          words="Why, for the record"
          request={(why) => ({ run: ref, why })}
          done={again}
        />
      )}
      {(run.state === "failed" || run.state === "stopped") && performed && (
        <Act
          name="runs.resume"
          label="Resume"
          hint={
            run.kind === "pipeline"
              ? "goes on where its record ends: steps that are done are not run again"
              : "another attempt of the same run"
          }
          request={() => ({ run: ref }) as never}
          done={again}
        />
      )}
      {performed && (
        <>
          <Act
            name="runs.rerun"
            label="Rerun"
            hint="the same code, inputs and parameters"
            request={() => ({ run: ref, key: freshKey() })}
            done={(made) => route(toRun(made.id))}
          />
          <Again run={run} />
        </>
      )}
      {!!run.outputs?.length && <RegisterAct run={run} />}
    </>
  );
}

function Stopping({ run }: { run: Run }) {
  const open = (run.children ?? []).filter((child) => !ENDED.includes(child.state));
  const going = open.filter((child) => child.state === "running");
  return (
    <>
      <p>What runs gets some seconds to end by itself; what waits is stopped at once. Resume goes on where its record ends.</p>
      {open.length > 0 && (
        <p>
          It has started {count(open.length, "run")} that {open.length === 1 ? "has" : "have"} not ended, and{" "}
          {open.length === 1 ? "it is" : "they are"} stopped, too: {going.length} running, {open.length - going.length} waiting (
          {[...new Set(open.map((child) => child.step))].slice(0, 5).join(", ")}).
        </p>
      )}
    </>
  );
}
