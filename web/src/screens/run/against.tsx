// How a run's code differs from another one's: from the run of its step that went before, from the champion's, or from any other.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { Answered, Waiting } from "../../parts/answer";
import { useChampion } from "../../parts/champion";
import { CodeDiff } from "../../parts/code_diff";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import type { Run } from "./index";

export function Against({ run }: { run: Run }) {
  const [chosen, choose] = useParam("against");
  const [other, setOther] = useState("");
  const before = useAsk("runs.list", { query: `step = "${run.step}" and id < ${run.id}`, sort: "-id", limit: 1, children: true });
  const champion = useChampion(run.step);
  const previous = before.value?.runs[0]?.id;
  const offered: (readonly [string, string])[] = [];
  if (previous !== undefined) offered.push([String(previous), `run ${previous}, the previous one`]);
  if (champion.run && champion.run !== String(run.id)) offered.push([champion.run, `run ${champion.run}, the champion's`]);
  const looked = !before.loading && champion.known;
  const rival = chosen || offered[0]?.[0];
  if (chosen && !offered.some(([name]) => name === chosen)) offered.push([chosen, `run ${chosen}`]);
  return (
    <Panel
      title={rival ? `What differs from run ${rival}` : "What differs from another run"}
      note={rival && <a href={toRun(rival, "code")}>its code</a>}
      actions={
        <>
          {offered.length > 1 && rival && <Choice label="from" value={rival} options={offered} choose={(name) => choose(name, true)} />}
          <form
            class="row"
            onSubmit={(event) => {
              event.preventDefault();
              choose(other.trim(), true);
              setOther("");
            }}
          >
            <input
              aria-label="another run to hold it against"
              placeholder="4817 or calm-heron"
              value={other}
              onInput={(event) => setOther(event.currentTarget.value)}
            />
            <button type="submit" disabled={!other.trim()}>
              Compare
            </button>
          </form>
        </>
      }
    >
      {rival ? (
        <>
          <CodeDiff a={rival} b={run.id} />
          <Parts a={rival} b={run.id} />
        </>
      ) : looked ? (
        <p class="soft">It is the first run of {run.step}: name another run to see how its code differs.</p>
      ) : (
        <Waiting rows={2} />
      )}
    </Panel>
  );
}

/** Which parts differ of what the result can depend on: functions, constants, files that are read. */
function Parts({ a, b }: { a: string; b: number }) {
  const diff = useAsk("runs.diff", { a, b: String(b) });
  return (
    <Answered of={diff} rows={1}>
      {({ differences }) => {
        const parts = differences.filter((one) => one.section === "code" && one.name !== "digest" && !one.equal);
        if (!parts.length) return <p class="ok">✓ all that its result can depend on is equal</p>;
        return (
          <>
            <h3>What its result can depend on</h3>
            <ul class="kept">
              {parts.map(({ name }) => (
                <li key={name} class="mono">
                  {name.endsWith(" is new") ? "+" : name.endsWith(" is gone") ? "−" : "≠"} {name}
                </li>
              ))}
            </ul>
          </>
        );
      }}
    </Answered>
  );
}
