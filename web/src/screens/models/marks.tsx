// Small marks of a version: the names that stand on it, and where it answers.
import { State } from "../../parts/state";
import { to } from "../../state/paths";
import type { Answering } from "./judging";

export function Alias({ model, name, number }: { model: string; name: string; number?: number }) {
  const words = number === undefined ? name : `${name} v${number}`;
  return number === undefined ? (
    <span class={`chip flag ${name === "champion" ? "champion" : ""}`}>{words}</span>
  ) : (
    <a class={`chip flag ${name === "champion" ? "champion" : ""}`} href={to("models", model, { v: number })}>
      {words}
    </a>
  );
}

/** `● live flights`, or with its share of the traffic. */
export function Answers({ is, model }: { is: Answering & { number?: number }; model?: string }) {
  const share = is.role === "canary" ? ` ${Math.round(is.share * 100)}%` : "";
  return (
    <span class="answers">
      <State is={is.role} />
      {share}
      {model && is.number !== undefined && (
        <a class="mono" href={to("models", model, { v: is.number })}>
          v{is.number}
        </a>
      )}
      <span class="soft">at</span>
      <a href={to("endpoints", is.endpoint)}>{is.endpoint}</a>
    </span>
  );
}
