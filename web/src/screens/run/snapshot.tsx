// The code as it was stored: what differed from the commit.
import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../../api/ask";
import { address, Problem } from "../../api/client";
import { Waiting } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import type { Run } from "./index";

const MOST_LINES = 5000;

export function Snapshot({ run }: { run: Run }) {
  return (
    <Panel title="Snapshot" note="everything that is needed to perform it again, as an archive">
      <a href={address("content.get", { digest: run.code!.snapshot! })} download={`run-${run.id}-code.msgpack`}>
        ⤓ {run.code!.snapshot!.slice(0, 12)}
      </a>
    </Panel>
  );
}

/** What had been changed since the commit, as a patch. */
export function Patch({ run }: { run: Run }) {
  const digest = run.code!.patch!;
  const [state, setState] = useState<{ text?: string; problem?: Problem }>({});
  useEffect(() => {
    const stop = new AbortController();
    fetch(address("content.get", { digest }), { credentials: "same-origin", signal: stop.signal })
      .then(async (answer) => {
        if (!answer.ok) throw new Problem(`the patch cannot be read: ${answer.status}`, answer.status);
        setState({ text: await answer.text() });
      })
      .catch((error: unknown) => !stop.signal.aborted && setState({ problem: problemOf(error) }));
    return () => stop.abort();
  }, [digest]);
  return (
    <Panel
      title={`Changed since commit ${run.code!.commit?.slice(0, 12) ?? ""}`}
      actions={
        <a href={address("content.get", { digest })} download={`run-${run.id}.patch`}>
          ⤓ {digest.slice(0, 12)}
        </a>
      }
    >
      {state.problem ? <ProblemBox problem={state.problem} /> : state.text === undefined ? <Waiting /> : <Diff text={state.text} />}
    </Panel>
  );
}

/** A difference in git's form, its lines told apart by their sign, too. */
export function Diff({ text }: { text: string }) {
  const lines = text.split("\n");
  return (
    <pre class="diff">
      {lines.slice(0, MOST_LINES).map((line, at) => (
        <span key={at} class={classOf(line)}>
          {line || " "}
        </span>
      ))}
      {lines.length > MOST_LINES && <span class="place">… {lines.length - MOST_LINES} more lines are in the file</span>}
    </pre>
  );
}

function classOf(line: string): string {
  if (/^(diff|index|@@|\+\+\+|---)/.test(line)) return "place";
  return line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : "";
}
