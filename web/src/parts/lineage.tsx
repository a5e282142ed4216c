// What something was made of, and what was made of it: a graph from data to what answers, beside the same as a list for who cannot see it.
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "../api/ask";
import { curve, layout, type Placed } from "../charts/layout";
import { pathOf } from "../state/paths";
import { useList, useParam } from "../state/url";
import { Answered, Empty, Waiting } from "./answer";
import { type Folded, folded, type Node, parents } from "./folding";
import { Subject } from "./mentions";
import { Panel } from "./page";
import { Choice } from "./popup";
import { State } from "./state";
import { StoryOf } from "./story";
import "./lineage.css";

const WIDTH = 156;
const HEIGHT = 40;
const LEAST_SCALE = 0.8; // a wide graph shrinks to its panel as far as its words can be read; then it is moved
const FEW = 40; // things that need no folding
const MOST_DRAWN = 200; // boxes that can still be read; more is told as a list
const WAYS = [
  ["both", "up and down"],
  ["up", "up, to the data"],
  ["down", "down, to what answers"],
] as const;

/** The tab Why of every page: the graph, and the story with its causes. */
export function Why({ subject }: { subject: string }) {
  return (
    <div class="why">
      <Lineage subject={subject} />
      <StoryOf subject={subject} />
    </div>
  );
}

/** `model://churn@v3`, `dataset:flights@v3`, `run:12`, `endpoint:churn`, `monitor:churn-watch` or `artifact:DIGEST`. */
export function Lineage({ subject }: { subject: string }) {
  const [way, setWay] = useParam("way", "both");
  const graph = useAsk("delivery.lineage", { ref: subject, ...(way === "up" ? { down: 0 } : way === "down" ? { up: 0 } : {}) });
  const foldable = parents(graph.value?.nodes ?? []);
  const [closed, setClosed] = useList("folded", (graph.value?.nodes.length ?? 0) > FEW ? foldable : []);
  const all = foldable.length > 0 && foldable.every((id) => closed.includes(id));
  return (
    <Panel
      title="Lineage"
      note="what it was made of on the left, what was made of it on the right"
      actions={
        <>
          {foldable.length > 0 && (
            <button type="button" class="quiet" onClick={() => setClosed(all ? [] : foldable)}>
              {all ? "Open pipelines" : "Fold pipelines"}
            </button>
          )}
          <Choice label="look" value={way} options={WAYS} choose={setWay} />
        </>
      }
    >
      <Answered of={graph}>
        {({ nodes, edges, cut }) => {
          const self = nodes[0]?.id ?? ""; // what was asked about
          if (nodes.length < 2) return <Empty title="Nothing was made of it yet, and nothing is known that it was made of" />;
          const told = folded(nodes, edges, new Set(closed), self);
          const open = (id: string) => setClosed(closed.filter((one) => one !== id));
          return (
            <>
              {told.nodes.length <= MOST_DRAWN ? (
                <Drawn told={told} self={self} open={open} />
              ) : (
                <p class="soft">{told.nodes.length} things are too many to draw: fold pipelines, or look in one direction.</p>
              )}
              {cut && <p class="warn">… there is more than is shown here: go on from a thing at the edge.</p>}
              <details open={told.nodes.length > MOST_DRAWN}>
                <summary>The same as a list, {told.nodes.length} things</summary>
                <ul class="lineage-list">
                  {told.nodes.map((node) => (
                    <li key={node.id}>
                      <Subject of={node.id}>{node.title}</Subject> <span class="soft">{node.kind}</span>{" "}
                      {node.state && <State is={node.state} />} <span class="soft">{sources(told, node.id)}</span>
                    </li>
                  ))}
                </ul>
              </details>
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

function sources(told: Folded, id: string): string {
  const names = new Map(told.nodes.map((node) => [node.id, node.title]));
  const from = told.edges.filter((edge) => edge.target === id).map((edge) => names.get(edge.source) ?? edge.source);
  return from.length ? `from ${from.join(", ")}` : "";
}

type DrawnProps = { told: Folded; self: string; open: (id: string) => void };

function Drawn({ told, self, open }: DrawnProps) {
  const placed = useLayout(told);
  if (!placed) return <Waiting />;
  return (
    <section class="lineage-box" tabIndex={0} aria-label="graph of the lineage">
      <svg viewBox={`0 0 ${placed.width} ${placed.height}`} style={{ width: placed.width, minWidth: placed.width * LEAST_SCALE }}>
        <title>{`${told.nodes.length} things, ${told.edges.length} steps`}</title>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0,0L8,4L0,8z" fill="var(--edge)" />
          </marker>
        </defs>
        {placed.edges.map(({ from, to, points }) => (
          <path key={`${from} ${to}`} class="edge" d={curve(points)} marker-end="url(#arrow)">
            <title>{told.edges.find((edge) => edge.source === from && edge.target === to)?.label}</title>
          </path>
        ))}
        {told.nodes.map((node) => (
          <Box key={node.id} node={node} at={placed.boxes[node.id]!} self={node.id === self} open={open} />
        ))}
      </svg>
    </section>
  );
}

/** Where the boxes stand; null until the worker has said so. */
function useLayout(told: Folded): Placed | null {
  const key = JSON.stringify([told.nodes.map((node) => node.id), told.edges.map((edge) => [edge.source, edge.target])]);
  const [state, setState] = useState<{ key: string; placed: Placed }>();
  useEffect(() => {
    let wanted = true;
    const boxes = told.nodes.map(({ id }) => ({ id, width: WIDTH, height: HEIGHT }));
    layout({ boxes, edges: told.edges.map((edge) => [edge.source, edge.target] as const) }).then((placed) => {
      if (wanted) setState({ key, placed });
    });
    return () => {
      wanted = false;
    };
  }, [key]);
  return state?.key === key ? state.placed : null;
}

const SIGNS: Record<string, string> = { dataset: "▤", run: "▷", model: "◇", endpoint: "●", monitor: "◉", artifact: "▫" };

type BoxProps = {
  node: Node & { holds: number };
  at: { x: number; y: number };
  self: boolean;
  open: (id: string) => void;
};

function Box({ node, at, self, open }: BoxProps) {
  const path = pathOf(node.id);
  const told = [node.title, node.kind, node.state, ...(node.detail ?? [])].filter(Boolean).join("\n");
  const box = (
    <>
      <title>{told}</title>
      <rect width={WIDTH} height={HEIGHT} rx="6" />
      <text x="10" y="17">
        {SIGNS[node.kind] ?? "·"} {short(node.title, 19)}
      </text>
      <text class="kind" x="10" y="32">
        {short([node.kind, node.state].filter(Boolean).join(" · "), 23)}
      </text>
    </>
  );
  return (
    <g transform={`translate(${at.x},${at.y})`} class={self ? "self" : ""}>
      {path ? <a href={path}>{box}</a> : box}
      {node.holds > 0 && (
        <text
          class="fold"
          x={WIDTH - 10}
          y="32"
          text-anchor="end"
          role="button"
          tabindex={0}
          aria-label={`⊞ ${node.holds}: open the runs of ${node.title}`}
          onClick={() => open(node.id)}
          onKeyDown={(event) => event.key === "Enter" && open(node.id)}
        >
          ⊞ {node.holds}
        </text>
      )}
    </g>
  );
}

function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
