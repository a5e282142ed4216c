// What is shown while an answer is under way, when there is none, and when it is there.
import type { ComponentChildren } from "preact";
import type { Asked } from "../api/ask";
import { ProblemBox } from "./problem";

/** Shows what was answered. An old answer stays in sight while it is asked again or when that fails; only the first one is waited for. */
export function Answered<T>({ of, children, rows = 4 }: { of: Asked<T>; children: (value: T) => ComponentChildren; rows?: number }) {
  return (
    <>
      {of.problem && <ProblemBox problem={of.problem} again={of.again} />}
      {of.value !== undefined ? children(of.value) : of.loading && <Waiting rows={rows} />}
    </>
  );
}

export function Waiting({ rows = 4 }: { rows?: number }) {
  return (
    <div class="waiting" role="status" aria-label="loading">
      {Array.from({ length: rows }, (_, at) => (
        <span key={at} />
      ))}
    </div>
  );
}

/** An empty page teaches: what would fill it, as lines that can be copied. */
export function Empty({ title, children, lines }: { title: string; children?: ComponentChildren; lines?: readonly string[] }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children && <p class="soft">{children}</p>}
      {lines && <pre>{lines.join("\n")}</pre>}
    </div>
  );
}
