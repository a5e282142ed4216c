// A moment: relative or absolute as this browser's reader last chose, the other and UTC on hover; a click changes the choice everywhere.
import { signal } from "@preact/signals";
import { kept } from "../state/kept";
import { ago, moment, utc } from "./words";

const form = kept("time", "relative");
const tick = signal(Date.now() / 1000);
setInterval(() => {
  if (!document.hidden) tick.value = Date.now() / 1000;
}, 15_000);

export function Time({ at }: { at: number | null | undefined }) {
  if (at === null || at === undefined) return <span class="soft">—</span>;
  const relative = ago(at, Math.max(tick.value, Date.now() / 1000));
  const shown = form.value === "relative" ? relative : moment(at);
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={`${relative}\n${moment(at)}\n${utc(at)}`}>
      {shown}
    </time>
  );
}

export function TimeChoice() {
  const relative = form.value === "relative";
  return (
    <button type="button" class="quiet" onClick={() => (form.value = relative ? "absolute" : "relative")}>
      {relative ? "Times: relative" : "Times: absolute"}
    </button>
  );
}
