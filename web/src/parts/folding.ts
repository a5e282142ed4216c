// A lineage with the runs that a pipeline or sweep started folded into it: fewer boxes, the same way from data to what answers.
import type { Schema } from "../api/client";

export type Node = Schema<"LineageNode">;
export type Edge = Schema<"LineageEdge">;
export type Folded = { nodes: (Node & { holds: number })[]; edges: Edge[] };

/** `open` names the runs whose own runs are shown. A run without anything to it but what it started is a frame, and is left out when open. */
export function folded(nodes: readonly Node[], edges: readonly Edge[], open: ReadonlySet<string>, self: string): Folded {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const shown = (id: string): string => {
    const parent = known.get(id)?.parent;
    return parent && known.has(parent) && !open.has(parent) && id !== self ? shown(parent) : id;
  };
  const holds = new Map<string, number>();
  for (const node of nodes) {
    const to = shown(node.id);
    if (to !== node.id) holds.set(to, (holds.get(to) ?? 0) + 1);
  }
  const kept = nodes.filter((node) => shown(node.id) === node.id);
  const seen = new Set<string>();
  const made: Edge[] = [];
  for (const edge of edges) {
    const [source, target] = [shown(edge.source), shown(edge.target)];
    const key = `${source} ${target}`;
    if (source === target || seen.has(key) || !known.has(source) || !known.has(target)) continue;
    seen.add(key);
    made.push({ source, target, label: edge.label });
  }
  return { nodes: kept.map((node) => ({ ...node, holds: holds.get(node.id) ?? 0 })), edges: made };
}

/** Runs that others stand in: what can be opened and folded. */
export function parents(nodes: readonly Node[]): string[] {
  const known = new Set(nodes.map((node) => node.id));
  return [...new Set(nodes.flatMap((node) => (node.parent && known.has(node.parent) ? [node.parent] : [])))];
}
