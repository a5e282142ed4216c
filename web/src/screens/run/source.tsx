// Where an input came from, as a link: `dataset://flights@v23`, `model://churn@v2`, `run://17/training`.
import { to, toRun } from "../../state/paths";

export function placeOf(source: string): string | null {
  const [, kind, rest] = /^(\w+):\/\/(.+)$/.exec(source) ?? [];
  if (!kind || !rest) return null;
  if (kind === "run") return toRun(rest.split("/")[0]!);
  if (kind !== "dataset" && kind !== "model") return null;
  const [name, version] = rest.split("@");
  return to(kind === "dataset" ? "data" : "models", name!, { v: version?.replace(/^v(?=\d+$)/, "") });
}

export function Source({ text }: { text: string }) {
  const place = placeOf(text);
  const words = text.replace(/^(dataset|model|run):\/\//, (_, kind) => (kind === "run" ? "run " : ""));
  return place ? <a href={place}>{words}</a> : <span class="mono">{text}</span>;
}
