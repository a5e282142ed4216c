// Reckons beside the page's thread: a thousand runs take a second or two.
import { type Column, importance } from "./importance";

export type Question = { parameters: Column[]; metric: (number | string | null)[] };

self.onmessage = (message: MessageEvent<Question>) => {
  const { parameters, metric } = message.data;
  self.postMessage({ judged: importance(parameters, metric) });
};
