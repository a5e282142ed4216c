// The last runs of a pipeline, oldest first: a bar for each, as high as it took long, with the sign and colour of how it ended.
import { signOf, stateOf } from "../../parts/state";
import { moment, took } from "../../parts/words";
import { toRun } from "../../state/paths";
import { type Node, tookOf } from "./folds";

const HIGHEST = 20;

export function Ribbon({ runs }: { runs: readonly Node[] }) {
  const now = Date.now() / 1000;
  const longest = Math.max(...runs.map((run) => tookOf(run, now) ?? 0), 0.001);
  return (
    <span class="ribbon">
      {runs.toReversed().map((run) => {
        const state = stateOf(run);
        const [sign, tone] = signOf(state);
        const seconds = tookOf(run, now);
        const words = `run ${run.id} ${run.name}: ${state}, ${took(seconds)}, ${moment(run.queued_at)}`;
        return (
          <a key={run.id} href={toRun(run.id)} class={tone} title={words} aria-label={words}>
            <span class="bar" style={{ height: `${Math.max(2, ((seconds ?? 0) / longest) * HIGHEST)}px` }} />
            <i aria-hidden="true">{sign}</i>
          </a>
        );
      })}
    </span>
  );
}
