// The graph of a run, folded: runs of one step are one box until somebody unfolds it. And the path on which the time went. Pure.
import type { Schema } from "../../api/client";

export type Node = Schema<"Node">;
export type Graph = Schema<"Graph">;

/** One box: a run, or all runs of a step. */
export type Box = { id: string; step: string; nodes: Node[]; from: number | null; to: number | null };

const FOLD_FROM = 2; // runs of a step from which they are one box
const MOST_UNFOLDED = 200; // boxes of unfolded steps, all steps together: more can neither be read nor drawn at once
export const MOST_BOXES = 400; // beyond that a graph is told as a list

export function boxesOf(nodes: readonly Node[], unfolded: ReadonlySet<string>): Box[] {
  const steps = new Map<string, Node[]>();
  for (const node of nodes) {
    const mine = steps.get(node.step);
    if (mine) mine.push(node);
    else steps.set(node.step, [node]);
  }
  let room = MOST_UNFOLDED;
  return [...steps].flatMap(([step, mine]) => {
    if (mine.length < FOLD_FROM) return [box(String(mine[0]!.id), step, mine)];
    const single = unfolded.has(step) ? mine.slice(0, room) : [];
    room -= single.length;
    const rest = mine.slice(single.length);
    return [...single.map((node) => box(String(node.id), step, [node])), ...(rest.length ? [box(`step ${step}`, step, rest)] : [])];
  });
}

function box(id: string, step: string, nodes: Node[]): Box {
  const begun = nodes.flatMap((node) => node.started_at ?? []);
  const ended = nodes.flatMap((node) => node.ended_at ?? []);
  return { id, step, nodes, from: begun.length ? Math.min(...begun) : null, to: ended.length === nodes.length ? Math.max(...ended) : null };
}

/** Edges between boxes, each once. */
export function edgesOf(boxes: readonly Box[], edges: readonly (readonly number[])[]): [string, string][] {
  const home = new Map(boxes.flatMap((one) => one.nodes.map((node) => [node.id, one.id] as const)));
  const made = new Map<string, [string, string]>();
  for (const [from, to] of edges) {
    const [a, b] = [home.get(from!), home.get(to!)];
    if (a && b && a !== b) made.set(`${a} ${b}`, [a, b]);
  }
  return [...made.values()];
}

/** How many runs of a box are in which state, in the order in which states matter. */
export function countsOf(box: Box): [state: string, count: number][] {
  const order = ["failed", "running", "starting", "queued", "stopped", "done", "reused"];
  const counts = new Map<string, number>();
  for (const node of box.nodes) {
    const state = node.state === "done" && node.reused_from ? "reused" : node.state;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  for (const state of counts.keys()) if (!order.includes(state)) order.push(state);
  return order.flatMap((state) => (counts.has(state) ? [[state, counts.get(state)!] as [string, number]] : []));
}

/** The boxes on the path that ended last: from the last box back to what each of them had to wait for longest. */
export function criticalPath(boxes: readonly Box[], edges: readonly (readonly [string, string])[]): Set<string> {
  const byId = new Map(boxes.map((one) => [one.id, one]));
  const ended = boxes.filter((one) => one.to !== null);
  if (!ended.length) return new Set();
  let now: Box | undefined = ended.reduce((last, one) => (one.to! > last.to! ? one : last));
  const path = new Set<string>();
  while (now && !path.has(now.id)) {
    path.add(now.id);
    const before: Box[] = edges.flatMap(([from, to]) => (to === now!.id && byId.get(from)?.to != null ? [byId.get(from)!] : []));
    now = before.length ? before.reduce((last, one) => (one.to! > last.to! ? one : last)) : undefined;
  }
  return path;
}

/** Seconds that a run took, as far as it has come. */
export function tookOf(node: Node, now: number): number | null {
  return node.started_at ? (node.ended_at ?? now) - node.started_at : null;
}
