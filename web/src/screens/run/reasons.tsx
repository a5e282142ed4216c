// The tabs Why and Compare: why a run was performed or reused, how it came about, and what it is to be held against.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Why } from "../../parts/lineage";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { State, stateOf } from "../../parts/state";
import { Time } from "../../parts/time";
import { num } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import type { Run } from "./index";

export function Reasons({ run }: { run: Run }) {
  const why = useAsk("runs.why", { run: String(run.id) }, { news: ["run."], concerns: (entry) => entry.subject === `run:${run.id}` });
  return (
    <div class="stack">
      <Answered of={why}>
        {({ sentence, parts, compared_with }) => (
          <Panel
            title={<Mentions text={sentence} />}
            actions={compared_with != null && <a href={toCompare(compared_with, run.id)}>Compare with run {compared_with}</a>}
          >
            {parts?.length ? (
              <section class="table-scroll" tabIndex={0} aria-label="parts of the cache key">
                <table class="plain">
                  <thead>
                    <tr>
                      <th scope="col">part of the cache key</th>
                      <th scope="col">here and there</th>
                      <th scope="col">what differs</th>
                    </tr>
                  </thead>
                  <tbody>
                    {parts.map((part) => (
                      <tr key={part.part}>
                        <th scope="row">{part.part}</th>
                        <td class={part.equal ? "soft" : "warn"}>{part.equal ? "= equal" : "≠ differs"}</td>
                        <td>
                          {part.detail?.length
                            ? part.detail.map((one) => <div key={one}>{one}</div>)
                            : !part.equal && (
                                <span class="mono">
                                  {part.there} → {part.here}
                                </span>
                              )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </section>
            ) : null}
          </Panel>
        )}
      </Answered>
      <Why subject={`run:${run.id}`} />
    </div>
  );
}

const toCompare = (...runs: (number | string)[]) => to("compare", undefined, { runs: runs.join(",") });

export function Comparison({ run }: { run: Run }) {
  const { route } = useLocation();
  const [other, setOther] = useState("");
  const near = useAsk("runs.list", { query: `step = "${run.step}"`, sort: "-id", limit: 30, children: true });
  const models = useAsk("registry.models", {});
  const champions = (models.value ?? []).flatMap((model) =>
    Object.entries(model.aliases ?? {})
      .filter(([alias]) => alias === "champion")
      .map(([, number]) => ({ model: model.name, number })),
  );
  return (
    <div class="grid">
      <Panel title="Another run of the same step" note="the previous one first">
        <Answered of={near}>
          {({ runs }) => {
            const others = runs.filter((one) => one.id < run.id).concat(runs.filter((one) => one.id > run.id));
            if (!others.length)
              return <Empty title={`${run.step} has no other run`} lines={[`treadle rerun ${run.id} --param NAME=VALUE`]} />;
            return (
              <table class="plain">
                <tbody>
                  {others.map((one) => (
                    <tr key={one.id}>
                      <td>
                        <a class="mono" href={toRun(one.id)}>
                          {one.id} {one.name}
                        </a>
                      </td>
                      <td>
                        <State is={stateOf(one)} />
                      </td>
                      <td>
                        <Time at={one.queued_at} />
                      </td>
                      <td class="soft">{firstOf(one)}</td>
                      <td>
                        <a href={toCompare(one.id, run.id)}>Compare</a>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            );
          }}
        </Answered>
      </Panel>
      <Panel title="Any other run, or a champion">
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            if (other.trim()) route(toCompare(other.trim(), run.id));
          }}
        >
          <label>
            run <input value={other} placeholder="4817, calm-heron or @-1" onInput={(event) => setOther(event.currentTarget.value)} />
          </label>
          <button type="submit" disabled={!other.trim()}>
            Compare
          </button>
        </form>
        <ul class="menu">
          {champions.map(({ model, number }) => (
            <Champion key={model} {...{ model, number, run }} />
          ))}
        </ul>
      </Panel>
    </div>
  );
}

/** The run from which the champion of a model came. */
function Champion({ model, number, run }: { model: string; number: number; run: Run }) {
  const version = useAsk("registry.version", { ref: `${model}@v${number}` });
  const from = version.value?.run;
  if (from == null || from === run.id) return null;
  return (
    <li>
      <a href={toCompare(from, run.id)}>
        champion of {model}: v{number}, from run {from}
      </a>
    </li>
  );
}

function firstOf(run: { metrics?: { name: string; last?: number | null }[] }): string {
  const told = (run.metrics ?? []).filter((one) => !one.name.startsWith("system/")).slice(0, 2);
  return told.map((one) => `${one.name} ${num(one.last)}`).join(", ");
}
