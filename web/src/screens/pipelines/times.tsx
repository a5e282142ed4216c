// When each step waited and ran: a bar of time for each box, waiting hatched, running filled.
import { Panel } from "../../parts/page";
import { took } from "../../parts/words";
import { toRun } from "../../state/paths";
import { type Box, type Graph, tookOf } from "./folds";

const MOST = 60;

export function TimeBars({ graph, boxes, toggle }: { graph: Graph; boxes: readonly Box[]; toggle: (step: string) => void }) {
  const now = Date.now() / 1000;
  const first = graph.run.queued_at;
  const last = Math.max(first + 0.001, graph.run.ended_at ?? now, ...boxes.map((box) => box.to ?? 0));
  const share = (at: number) => `${(Math.max(0, at - first) / (last - first)) * 100}%`;
  return (
    <Panel title="Times" note={`${took(last - first)} in all; hatched: waiting, filled: running`}>
      <ul class="times">
        {boxes.slice(0, MOST).map((box) => {
          const queued = Math.min(...box.nodes.map((node) => node.queued_at));
          const begun = box.from ?? now;
          const ended = box.to ?? (box.from === null ? begun : now);
          const words = `${box.step}: waited ${took(begun - queued)}, ran ${box.nodes.length > 1 ? `${took(ended - begun)} in all` : took(tookOf(box.nodes[0]!, now))}`;
          return (
            <li key={box.id} title={words}>
              {box.nodes.length > 1 ? (
                <button type="button" class="quiet" onClick={() => toggle(box.step)}>
                  {box.step} ×{box.nodes.length}
                </button>
              ) : (
                <a href={toRun(box.nodes[0]!.id)}>{box.step}</a>
              )}
              <span class="track">
                <span class="waited" style={{ left: share(queued), width: `calc(${share(begun)} - ${share(queued)})` }} />
                <span class="ran" style={{ left: share(begun), width: `max(2px, calc(${share(ended)} - ${share(begun)}))` }} />
              </span>
              <span class="unseen">{words}</span>
              <span class="soft">{took(ended - begun)}</span>
            </li>
          );
        })}
      </ul>
      {boxes.length > MOST && <p class="soft">and {boxes.length - MOST} more</p>}
    </Panel>
  );
}
