// How long something took, or has been taking until now.
import { signal } from "@preact/signals";
import { took } from "./words";

const second = signal(Date.now() / 1000);
setInterval(() => {
  if (!document.hidden) second.value = Date.now() / 1000;
}, 1000);

type Timed = { started_at?: number | null; ended_at?: number | null };

export function Took({ run }: { run: Timed }) {
  if (run.started_at == null) return <span class="soft">—</span>;
  if (run.ended_at != null) return <span>{took(run.ended_at - run.started_at)}</span>;
  return <span>{took(Math.max(0, Math.floor(second.value - run.started_at)))} …</span>;
}
