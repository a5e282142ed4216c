// How the traffic is split, as a bar: pattern and words tell the roles, not the colour alone.
import { percent, type Revision } from "../../parts/stages";
import { answers } from "./rollouts";

export function TrafficBar({ revisions }: { revisions: readonly Revision[] }) {
  const answering = revisions
    .map((one) => ({ ...one, share: answers(one, revisions) }))
    .filter((one) => one.share > 0)
    .sort((a, b) => (a.role === "live" ? -1 : b.role === "live" ? 1 : 0));
  const shadows = revisions.filter((one) => one.role === "shadow");
  const words = [
    ...answering.map((one) => `v${one.version} ${percent(one.share)}${one.role === "live" ? "" : ` ${one.role}`}`),
    ...shadows.map((one) => `v${one.version} shadow`),
  ].join(", ");
  return (
    <span class="traffic" title={words || "nothing answers"}>
      <span class="traffic-bar" aria-hidden="true">
        {answering.map((one) => (
          <i key={one.number} class={one.role} style={{ width: `${one.share * 100}%` }} />
        ))}
      </span>
      <span class="traffic-words">{words || <span class="soft">nothing</span>}</span>
    </span>
  );
}
