// A unified difference, line by line: what went and what came, by sign and ground.
import type { Schema } from "../api/client";
import "./diff.css";

export type DiffLine = { sign: "+" | "-" | "@" | " "; text: string };

/** The lines of a unified difference without the two that name the file. */
export function linesOf(text: string): DiffLine[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .filter((line) => !line.startsWith("--- ") && !line.startsWith("+++ "))
    .map((line) => {
      const sign = line[0];
      return sign === "+" || sign === "-" || sign === "@"
        ? { sign, text: sign === "@" ? line : line.slice(1) }
        : { sign: " ", text: line.slice(1) };
    });
}

const CLASSES = { "+": "added", "-": "removed", "@": "hunk", " ": "" } as const;

export function Diff({ text }: { text: string }) {
  return (
    <section class="diff" tabIndex={0} aria-label="difference">
      {linesOf(text).map((line, at) => (
        <div key={at} class={CLASSES[line.sign]}>
          <span aria-hidden="true">{line.sign === "@" ? "" : line.sign}</span>
          {line.sign === "+" && <span class="unseen">added: </span>}
          {line.sign === "-" && <span class="unseen">removed: </span>}
          {line.text || " "}
        </div>
      ))}
    </section>
  );
}

const SIGNS: Record<string, string> = { added: "+", removed: "−", changed: "~" };

/** Files that differ, each opened to see how. */
export function FileDiffs({ files }: { files: readonly Schema<"FileDifference">[] }) {
  return (
    <div class="stack">
      {files.map((file) => (
        <details key={file.path} open={files.length <= 3}>
          <summary>
            <span class="mono">
              {SIGNS[file.state]} {file.path}
            </span>{" "}
            <span class="soft">{file.state}</span>
          </summary>
          {file.diff ? <Diff text={file.diff} /> : <p class="soft">no text, or too long to be shown line by line</p>}
        </details>
      ))}
    </div>
  );
}
