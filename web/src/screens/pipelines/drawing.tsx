// The graph of a run: steps from left to right, folded where one step ran often; the path on which the time went is marked.

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { saveDrawing } from "../../charts/drawn";
import { curve, layout, type Placed } from "../../charts/layout";
import { Panel } from "../../parts/page";
import { signOf } from "../../parts/state";
import { count, took } from "../../parts/words";
import { toRun } from "../../state/paths";
import { type Box, countsOf, criticalPath, edgesOf, type Graph } from "./folds";

const WIDTH = 180;
const HEIGHT = 46;

type Props = { graph: Graph; boxes: readonly Box[]; toggle: (step: string) => void; unfolded: ReadonlySet<string> };

export function Drawing({ graph, boxes, toggle, unfolded }: Props) {
  const [placed, setPlaced] = useState<Placed>();
  const svg = useRef<SVGSVGElement>(null);
  const edges = edgesOf(boxes, graph.edges ?? []);
  const critical = criticalPath(boxes, edges);
  const key = `${boxes.map((one) => one.id).join()} ${edges.join(";")}`;
  useEffect(() => {
    let left = false;
    layout({ boxes: boxes.map(({ id }) => ({ id, width: WIDTH, height: HEIGHT })), edges, direction: "LR" }).then((found) => {
      if (!left) setPlaced(found);
    });
    return () => {
      left = true;
    };
  }, [key]);
  return (
    <Panel
      title="Graph"
      note="a thick edge is the path on which the time went; a box with several runs unfolds"
      actions={
        <>
          {unfolded.size > 0 && (
            <button type="button" onClick={() => [...unfolded].forEach(toggle)}>
              Fold all
            </button>
          )}
          <button type="button" class="quiet" onClick={() => svg.current && saveDrawing("graph", svg.current)}>
            PNG
          </button>
        </>
      }
    >
      {placed && (
        <section class="graph-scroll" tabIndex={0} aria-label="graph of the run">
          <svg
            ref={svg}
            width={placed.width + 4}
            height={placed.height + 4}
            role="group"
            aria-label={`${count(boxes.length, "box", "boxes")}; the same stands in the list beneath`}
          >
            {placed.edges.map((edge) => (
              <path
                key={`${edge.from} ${edge.to}`}
                d={curve(edge.points)}
                class={critical.has(edge.from) && critical.has(edge.to) ? "edge critical" : "edge"}
              />
            ))}
            {boxes.map((box) => {
              const place = placed.boxes[box.id];
              return place && <Drawn key={box.id} box={box} x={place.x} y={place.y} toggle={toggle} critical={critical.has(box.id)} />;
            })}
          </svg>
        </section>
      )}
      <details>
        <summary>The same as a list, {count(graph.nodes?.length ?? 0, "run")}</summary>
        <ul class="plain-list">
          {boxes.map((box) => (
            <li key={box.id}>
              {box.nodes.length === 1 ? <a href={toRun(box.nodes[0]!.id)}>{titleOf(box)}</a> : titleOf(box)}: {told(box)}
              {comesFrom(box, boxes, edges)}
            </li>
          ))}
        </ul>
      </details>
    </Panel>
  );
}

type DrawnProps = { box: Box; x: number; y: number; toggle: (step: string) => void; critical: boolean };

function Drawn({ box, x, y, toggle, critical }: DrawnProps) {
  const { route } = useLocation();
  const several = box.nodes.length > 1;
  const act = () => (several ? toggle(box.step) : route(toRun(box.nodes[0]!.id)));
  const worst = countsOf(box)[0]![0];
  return (
    <g
      transform={`translate(${x} ${y})`}
      class={`box ${worst}${critical ? " critical" : ""}`}
      role="button"
      tabIndex={0}
      aria-label={`${titleOf(box)}: ${told(box)}`}
      onClick={act}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      }}
    >
      <title>{`${titleOf(box)}: ${told(box)}`}</title>
      {several && <rect x="4" y="4" width={WIDTH} height={HEIGHT} rx="6" />}
      <rect width={WIDTH} height={HEIGHT} rx="6" />
      <text x="10" y="19">
        {short(titleOf(box))}
      </text>
      <text x="10" y="36" class="small">
        {short(told(box))}
      </text>
    </g>
  );
}

function titleOf(box: Box): string {
  return box.nodes.length > 1 ? `${box.step} ×${box.nodes.length}` : `${box.step}`;
}

function told(box: Box): string {
  const states = countsOf(box).map(([state, many]) =>
    box.nodes.length > 1 ? `${many} ${signOf(state)[0]} ${state}` : `${signOf(state)[0]} ${state}`,
  );
  const time = box.from !== null && box.to !== null ? `, ${took(box.to - box.from)}` : "";
  return states.join(", ") + time;
}

function comesFrom(box: Box, boxes: readonly Box[], edges: readonly (readonly [string, string])[]): string {
  const before = edges.filter(([, to]) => to === box.id).map(([from]) => titleOf(boxes.find((one) => one.id === from)!));
  return before.length ? `, after ${before.join(", ")}` : "";
}

const short = (text: string): string => (text.length > 26 ? `${text.slice(0, 25)}…` : text);
