// What went wrong: what, where, and what to do next, as the server said it.
import { askFailedAgain } from "../api/ask";
import type { Problem } from "../api/client";
import { Copy } from "./copy";

export function ProblemBox({ problem, again }: { problem: Problem; again?: (() => void) | undefined }) {
  return (
    <div class="problem" role="alert">
      <strong>{problem.title}</strong>
      {problem.where && <span class="mono soft"> {problem.where}</span>}
      {problem.hint && (
        <p>
          <span class="soft">next </span>
          <code>{problem.hint}</code> <Copy text={problem.hint} />
        </p>
      )}
      <p class="row">
        {problem.code && <span class="soft mono">{problem.code}</span>}
        {again && (
          <button
            type="button"
            onClick={() => {
              askFailedAgain();
              again();
            }}
          >
            Ask again
          </button>
        )}
      </p>
    </div>
  );
}
