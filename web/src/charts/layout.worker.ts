// Places the boxes of a graph in layers, beside the page's own thread: a page never waits for a graph.
// One message in, one message out, of the same number: see `layout` in layout.ts. Whoever draws a graph uses that.
import { Graph, layout } from "@dagrejs/dagre";
import type { Asked, Placed } from "./layout";

self.onmessage = (message: MessageEvent<{ number: number; asked: Asked }>) => {
  const { number, asked } = message.data;
  self.postMessage({ number, placed: placed(asked) });
};

function placed({ boxes, edges, direction }: Asked): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction ?? "LR", nodesep: 14, ranksep: 34, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height });
  for (const [from, to] of edges) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  layout(graph);
  const whole = graph.graph();
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    boxes: Object.fromEntries(
      boxes.map(({ id }) => {
        const { x, y, width, height } = graph.node(id);
        return [id, { x: x - width / 2, y: y - height / 2 }];
      }),
    ),
    edges: graph.edges().map((edge) => ({
      from: edge.v,
      to: edge.w,
      points: graph.edge(edge).points.map((point: { x: number; y: number }) => [point.x, point.y]),
    })),
  };
}
