// Which columns the table has, and in which order. One searches; nobody scrolls through five hundred names.
import { useState } from "preact/hooks";
import type { Schema } from "../../api/client";
import { Popup } from "../../parts/popup";
import { OWN, titled, written } from "./keys";

type Names = Schema<"KnownNames">;
const MOST = 60;

/** Every key that can be a column. */
export function choices(names: Names): string[] {
  const metrics = (names.metrics ?? []).flatMap((name) =>
    (["", "highest", "lowest"] as const).map((part) => written({ area: "metrics", name, part })),
  );
  const named = (area: "params" | "tags" | "inputs", list: readonly string[] = []) => list.map((name) => written({ area, name, part: "" }));
  return [
    ...Object.keys(OWN),
    ...metrics,
    ...named("params", names.parameters),
    ...named("tags", names.tags),
    ...named("inputs", names.inputs),
  ];
}

/** Keys that hold each of the words. */
export function searchedFor(all: readonly string[], text: string): string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter((key) => words.every((word) => `${key} ${titled(key)}`.toLowerCase().includes(word)));
}

/** The list with one moved by some places. */
export function moved(list: readonly string[], one: string, by: number): string[] {
  const at = list.indexOf(one);
  const to = Math.max(0, Math.min(list.length - 1, at + by));
  const made = list.filter((other) => other !== one);
  made.splice(to, 0, one);
  return made;
}

type Props = { chosen: readonly string[]; names: Names; choose: (keys: readonly string[]) => void; label?: string };

export function Chooser({ chosen, names, choose, label = "Columns" }: Props) {
  const all = choices(names);
  return (
    <Popup label={`${label} ${chosen.length}/${all.length} ▾`} side="right">
      {() => <Choosing {...{ chosen, all, choose }} />}
    </Popup>
  );
}

function Choosing({
  chosen,
  all,
  choose,
}: {
  chosen: readonly string[];
  all: readonly string[];
  choose: (keys: readonly string[]) => void;
}) {
  const [text, setText] = useState("");
  const found = searchedFor(all, text).filter((key) => !chosen.includes(key));
  return (
    <div class="chooser">
      <input
        type="search"
        class="wide-input"
        placeholder="search metrics, parameters, tags, inputs"
        aria-label="search columns"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <h3>Shown, in this order</h3>
      <ol aria-label="chosen columns">
        {chosen.map((key) => (
          <li key={key}>
            <label>
              <input type="checkbox" checked onChange={() => choose(chosen.filter((other) => other !== key))} />{" "}
              <span class="mono">{key}</span>
            </label>
            <span class="gap" />
            <button type="button" class="quiet" aria-label={`${key} further left`} onClick={() => choose(moved(chosen, key, -1))}>
              ↑
            </button>
            <button type="button" class="quiet" aria-label={`${key} further right`} onClick={() => choose(moved(chosen, key, 1))}>
              ↓
            </button>
          </li>
        ))}
      </ol>
      <h3>{found.length > MOST ? `${found.length.toLocaleString("en-US")} others, of which ${MOST}` : "Others"}</h3>
      <ul aria-label="other columns">
        {found.slice(0, MOST).map((key) => (
          <li key={key}>
            <label>
              <input type="checkbox" checked={false} onChange={() => choose([...chosen, key])} /> <span class="mono">{key}</span>
            </label>
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => choose([])}>
        Back to the usual ones
      </button>
    </div>
  );
}
