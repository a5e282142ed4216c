// A unified difference, line by line: what went and what came, by sign and ground.
import { useState } from "preact/hooks";
import type { Schema } from "../api/client";
import "./diff.css";

export type FileDifference = Schema<"FileDifference">;
export type DiffLine = { sign: "+" | "-" | "@" | " "; text: string };

/** The lines of a unified difference without the two that name the file: those stand before the first hunk. */
export function linesOf(text: string): DiffLine[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const begin = lines.findIndex((line) => line.startsWith("@@"));
  return lines.slice(Math.max(0, begin)).map((line) => {
    const sign = line[0];
    if (sign === "@") return { sign, text: line };
    return { sign: sign === "+" || sign === "-" ? sign : " ", text: line.slice(1) };
  });
}

/** A patch of git, file by file. */
export function filesOf(patch: string): FileDifference[] {
  const pieces = patch.split(/^(?=diff --git )/m).filter((piece) => piece.trim());
  return pieces.map((piece) => {
    const hunks = piece.search(/^@@/m);
    const head = hunks < 0 ? piece : piece.slice(0, hunks);
    const [, before, after] = /^diff --git "?a\/(.+?)"? "?b\/(.+?)"?$/m.exec(head) ?? [];
    const state = /^new file mode/m.test(head) ? "added" : /^deleted file mode/m.test(head) ? "removed" : "changed";
    return { path: (state === "removed" ? before : after) ?? "", state, diff: hunks < 0 ? null : piece.slice(hunks) };
  });
}

const CLASSES = { "+": "added", "-": "removed", "@": "hunk", " ": "" } as const;

function Diff({ text, of }: { text: string; of: string }) {
  return (
    <section class="diff" tabIndex={0} aria-label={`difference of ${of || "the file"}`}>
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

const FEW = 3;

/** Files that differ, each opened to see how; a few are open from the start. */
export function FileDiffs({ files }: { files: readonly FileDifference[] }) {
  return (
    <div class="stack">
      {files.map((file) => (
        <FileDiff key={file.path} file={file} first={files.length <= FEW} />
      ))}
    </div>
  );
}

function FileDiff({ file, first }: { file: FileDifference; first: boolean }) {
  const [open, setOpen] = useState(first);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="mono">
          <span aria-hidden="true">{SIGNS[file.state]}</span> {file.path}
        </span>{" "}
        <span class="soft">{file.state}</span>
      </summary>
      {open && (file.diff ? <Diff text={file.diff} of={file.path} /> : <p class="soft">no text, or too long to be shown line by line</p>)}
    </details>
  );
}
