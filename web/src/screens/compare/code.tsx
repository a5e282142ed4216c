// How code and packages of a run differ from the baseline's.
import { useAsk } from "../../api/ask";
import { Answered } from "../../parts/answer";
import { FileDiffs } from "../../parts/diff";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { count } from "../../parts/words";
import { useParam } from "../../state/url";
import type { Run } from "./compare";

export function Code({ runs }: { runs: readonly Run[] }) {
  const [baseline, ...others] = runs;
  const [chosen, choose] = useParam("code", String(others[0]!.id));
  const other = others.find((run) => String(run.id) === chosen) ?? others[0]!;
  const diff = useAsk("runs.code_diff", { a: String(baseline!.id), b: String(other.id) });
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
      <Answered of={diff}>
        {({ files = [], packages = [], python }) => (
          <div class="stack">
            {files.length ? <FileDiffs files={files} /> : <p class="soft">the same files</p>}
            {python && (
              <p>
                Python {python[0]} → {python[1]}
              </p>
            )}
            {packages.length ? (
              <details>
                <summary>{count(packages.length, "package differs", "packages differ")}</summary>
                <table class="plain">
                  <tbody>
                    {packages.map((one) => (
                      <tr key={one.name}>
                        <th scope="row">{one.name}</th>
                        <td class="mono">{one.a ?? "—"}</td>
                        <td class="mono">{one.b ?? "—"}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </details>
            ) : (
              <p class="soft">the same packages</p>
            )}
          </div>
        )}
      </Answered>
    </Panel>
  );
}
