// How code and packages of a run differ from the baseline's.
import { CodeDiff } from "../../parts/code_diff";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { useParam } from "../../state/url";
import type { Run } from "./compare";

export function Code({ runs }: { runs: readonly Run[] }) {
  const [baseline, ...others] = runs;
  const [chosen, choose] = useParam("code", String(others[0]!.id));
  const other = others.find((run) => String(run.id) === chosen) ?? others[0]!;
  return (
    <Panel
      title="Code"
      note={`run ${baseline!.id} → run ${other.id}`}
      actions={
        others.length > 1 && (
          <Choice
            label="with"
            value={String(other.id)}
            options={others.map((run) => [String(run.id), `run ${run.id}`])}
            choose={(name) => choose(name)}
          />
        )
      }
    >
      <CodeDiff a={baseline!.id} b={other.id} />
    </Panel>
  );
}
