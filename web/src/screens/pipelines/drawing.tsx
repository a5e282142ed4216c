// The graph of a run: steps from left to right, folded where one step ran often; the path on which the time went is marked.

import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { saveDrawing } from "../../charts/drawn";
import { curve, layout, type Placed } from "../../charts/layout";
import { Panel } from "../../parts/page";
import { signOf } from "../../parts/state";
import { count, took } from "../../parts/words";
import { toRun } from "../../state/paths";
import { type Box, countsOf, criticalPath, edgesOf, type Graph, MOST_BOXES } from "./folds";
import { walked } from "./walking";

const WIDTH = 180;
const HEIGHT = 46;

export type Folding = {
  /** Steps whose runs are boxes of their own. */
  unfolded: ReadonlySet<string>;
  toggle: (step: string) => void;
  foldAll: () => void;
};

type Props = { graph: Graph; boxes: readonly Box[]; folding: Folding };

export function Drawing({ graph, boxes, folding }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const turned = useRef("");
  const toggle = (step: string) => {
    turned.current = step;
    folding.toggle(step);
  };
  const edges = edgesOf(boxes, graph.edges ?? []);
  const drawn = boxes.length <= MOST_BOXES;
  const listed = boxes.slice(0, MOST_BOXES);
  return (
    <Panel
      title="Graph"
      note="a thick edge is the path on which the time went; a box with several runs unfolds"
      actions={
        <>
          {[...folding.unfolded].slice(0, 3).map((step) => (
            <button key={step} type="button" onClick={() => toggle(step)}>
              Fold {step}
            </button>
          ))}
          {folding.unfolded.size > 1 && (
            <button type="button" onClick={folding.foldAll}>
              Fold all
            </button>
          )}
          {drawn && (
            <button type="button" class="quiet" onClick={() => svg.current && saveDrawing("graph", svg.current)}>
              PNG
            </button>
          )}
        </>
      }
    >
      {drawn ? (
        <Boxes {...{ boxes, edges, svg, turned, toggle }} />
      ) : (
        <p class="soft">{count(boxes.length, "box", "boxes")} are too many to draw: here are the first as a list.</p>
      )}
      <details open={!drawn}>
        <summary>The same as a list, {count(graph.nodes?.length ?? 0, "run")}</summary>
        <ul class="plain-list">
          {listed.map((box) => (
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

type BoxesProps = {
  boxes: readonly Box[];
  edges: readonly (readonly [string, string])[];
  svg: { current: SVGSVGElement | null };
  /** The step that was folded or unfolded last, until its boxes are there. */
  turned: { current: string };
  toggle: (step: string) => void;
};

/** The boxes where the worker has placed them. Tab leads to one of them, arrows from there to the others. */
function Boxes({ boxes, edges, svg, turned, toggle }: BoxesProps) {
  const placed = usePlaced(boxes, edges);
  const [at, setAt] = useState("");
  const there = placed ? boxes.filter((box) => placed.boxes[box.id]) : [];
  const current = there.some((box) => box.id === at) ? at : there[0]?.id;
  const focus = (id: string) => {
    setAt(id);
    svg.current?.querySelector<SVGGElement>(`[data-box="${CSS.escape(id)}"]`)?.focus();
  };
  // What was pressed to fold or unfold a step is gone: the first box of the step takes its place for the keyboard.
  useEffect(() => {
    const first = turned.current && there.find((box) => box.step === turned.current);
    turned.current = "";
    if (first) focus(first.id);
  }, [placed]);
  if (!placed) return null;
  const critical = criticalPath(boxes, edges);
  return (
    <section class="graph-scroll" aria-label="graph of the run">
      <svg
        ref={svg}
        width={placed.width + 4}
        height={placed.height + 4}
        role="group"
        aria-label={`${count(boxes.length, "box", "boxes")}, arrows lead from one to the next; the same stands in the list beneath`}
        onKeyDown={(event) => {
          const next = current && walked(placed.boxes, current, event.key);
          if (!next) return;
          event.preventDefault();
          focus(next);
        }}
      >
        {placed.edges.map((edge) => (
          <path
            key={`${edge.from} ${edge.to}`}
            d={curve(edge.points)}
            class={critical.has(edge.from) && critical.has(edge.to) ? "edge critical" : "edge"}
          />
        ))}
        {there.map((box) => (
          <Drawn
            key={box.id}
            box={box}
            {...placed.boxes[box.id]!}
            critical={critical.has(box.id)}
            name={`${titleOf(box)}: ${inWords(box)}${comesFrom(box, boxes, edges)}`}
            current={box.id === current}
            focused={() => setAt(box.id)}
            unfold={() => toggle(box.step)}
          />
        ))}
      </svg>
    </section>
  );
}

/** Where the boxes stand, as soon as the worker says so; the last picture stays until then. */
function usePlaced(boxes: readonly Box[], edges: readonly (readonly [string, string])[]): Placed | undefined {
  const [placed, setPlaced] = useState<Placed>();
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
  return placed;
}

type DrawnProps = {
  box: Box;
  x: number;
  y: number;
  critical: boolean;
  /** Everything that the box shows, and what it comes after, in words. */
  name: string;
  /** Tab leads to this box. */
  current: boolean;
  focused: () => void;
  unfold: () => void;
};

function Drawn({ box, x, y, critical, name, current, focused, unfold }: DrawnProps) {
  const { route } = useLocation();
  const several = box.nodes.length > 1;
  const act = () => (several ? unfold() : route(toRun(box.nodes[0]!.id)));
  const worst = countsOf(box)[0]![0];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it has a role, by what is in it
    <g
      transform={`translate(${x} ${y})`}
      class={`box ${worst}${critical ? " critical" : ""}`}
      data-box={box.id}
      role={several ? "button" : "link"}
      tabindex={current ? 0 : -1} // as SVG spells it: with another case it is no attribute that a browser knows
      aria-label={several ? `${name}; unfold` : name}
      onFocus={focused}
      onClick={act}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        act();
      }}
    >
      <title>{`${titleOf(box)}: ${told(box)}`}</title>
      {several && <rect x="4" y="4" width={WIDTH} height={HEIGHT} rx="6" />}
      <rect class="front" width={WIDTH} height={HEIGHT} rx="6" />
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
  return counted(box, (state) => `${signOf(state)[0]} ${state}`);
}

/** The same without signs, which are not read out well. */
function inWords(box: Box): string {
  return counted(box, (state) => state);
}

function counted(box: Box, say: (state: string) => string): string {
  const states = countsOf(box).map(([state, many]) => (box.nodes.length > 1 ? `${many} ${say(state)}` : say(state)));
  const time = box.from !== null && box.to !== null ? `, ${took(box.to - box.from)}` : "";
  return states.join(", ") + time;
}

const NAMED = 5; // what a box comes after, by name; the rest is counted

function comesFrom(box: Box, boxes: readonly Box[], edges: readonly (readonly [string, string])[]): string {
  const givers = new Set(edges.filter(([, to]) => to === box.id).map(([from]) => from));
  const names = boxes.filter((one) => givers.has(one.id)).map(titleOf);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.length ? `, after ${names.slice(0, NAMED).join(", ")}${more}` : "";
}

const short = (text: string): string => (text.length > 26 ? `${text.slice(0, 25)}…` : text);
