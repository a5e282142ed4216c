// Asks the layout worker where the boxes of a graph stand. The worker is started with the first question, and kept.

export type Asked = {
  boxes: readonly { id: string; width: number; height: number }[];
  edges: readonly (readonly [from: string, to: string])[];
  /** LR: causes on the left; TB: above. */
  direction?: "LR" | "TB";
};
export type Placed = {
  width: number;
  height: number;
  /** The upper left corner of each box. */
  boxes: Record<string, { x: number; y: number }>;
  edges: { from: string; to: string; points: [number, number][] }[];
};

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, (placed: Placed) => void>();

export function layout(asked: Asked): Promise<Placed> {
  worker ??= started();
  const number = ++last;
  return new Promise((resolve) => {
    waiting.set(number, resolve);
    worker!.postMessage({ number, asked });
  });
}

function started(): Worker {
  const made = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  made.onmessage = (message: MessageEvent<{ number: number; placed: Placed }>) => {
    waiting.get(message.data.number)?.(message.data.placed);
    waiting.delete(message.data.number);
  };
  return made;
}

/** A line through points, smooth where it turns. */
export function curve(points: readonly (readonly [number, number])[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first[0]},${first[1]}`;
  for (let at = 0; at < rest.length; at++) {
    const [x, y] = rest[at]!;
    const next = rest[at + 1];
    path += next ? `Q${x},${y} ${(x + next[0]) / 2},${(y + next[1]) / 2}` : `L${x},${y}`;
  }
  return path;
}
