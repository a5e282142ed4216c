// The line beneath a run's title: how it stands, who asked for it and why, when, how long, and within what.
import { State, stateOf } from "../../parts/state";
import { Took } from "../../parts/taking";
import { Time } from "../../parts/time";
import { pathOf, to, toRun } from "../../state/paths";
import type { Run } from "./index";

export function Lead({ run }: { run: Run }) {
  return (
    <>
      <State is={stateOf(run)} />
      {run.stop_requested && run.state !== "stopped" && <span class="warn">■ is being stopped</span>}
      <a href={run.kind === "pipeline" ? to("pipelines", run.step, { run: run.id }) : to("runs", undefined, { q: `step = "${run.step}"` })}>
        {run.step}
      </a>
      <span>by {run.actor}</span>
      {run.cause != null && <a href={pathOf(`entry:${run.cause}`)!}>because of entry {run.cause}</a>}
      <span>
        asked <Time at={run.queued_at} />
      </span>
      <span>
        took <Took run={run} />
      </span>
      {run.parent != null && <a href={toRun(run.parent)}>within run {run.parent}</a>}
      {run.reused_from != null && <a href={toRun(run.reused_from)}>result of run {run.reused_from}</a>}
      {run.experiment && <span>experiment {run.experiment}</span>}
      {run.waits_for && <span class="warn">… waits for {run.waits_for.replace(/: treadle .*/, "")}</span>}
      {run.deleted_at != null && <span class="bad">deleted: treadle restore {run.id}</span>}
    </>
  );
}
