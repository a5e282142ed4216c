// A lineage with the runs that a pipeline or sweep started folded into it: fewer boxes, the same way from data to what answers.
import type { Schema } from "../api/client";

export type Node = Schema<"LineageNode">;
export type Edge = Schema<"LineageEdge">;
export type Folded = { nodes: (Node & { holds: number })[]; edges: Edge[] };

/** `closed` names the runs whose own runs are folded into them; such a run needs not be a node itself. `self` is always shown. */
export function folded(nodes: readonly Node[], edges: readonly Edge[], closed: ReadonlySet<string>, self: string): Folded {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const shown = (id: string): string => {
    const parent = known.get(id)?.parent;
    return parent && closed.has(parent) && id !== self ? shown(parent) : id;
  };
  const holds = new Map<string, number>();
  for (const node of nodes) {
    const place = shown(node.id);
    if (place !== node.id) holds.set(place, (holds.get(place) ?? 0) + 1);
  }
  const frames = [...holds.keys()].filter((id) => !known.has(id)).map((id): Node => ({ id, kind: "run", title: id.replace(":", " ") }));
  const kept = [...nodes.filter((node) => shown(node.id) === node.id), ...frames];
  const seen = new Set<string>();
  const made: Edge[] = [];
  for (const edge of edges) {
    const [source, target] = [shown(edge.source), shown(edge.target)];
    const key = `${source} ${target}`;
    if (source === target || seen.has(key) || !known.has(edge.source) || !known.has(edge.target)) continue;
    seen.add(key);
    made.push({ source, target, label: edge.label });
  }
  return { nodes: kept.map((node) => ({ ...node, holds: holds.get(node.id) ?? 0 })), edges: made };
}

/** Runs whose own runs are among the nodes: what can be folded. */
export function parents(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.flatMap((node) => (node.parent ? [node.parent] : [])))];
}
