// Two versions beside each other: how good, what they take and give, what they were made of. The champion is the usual rival.

import { useAsk } from "../../api/ask";
import { Empty } from "../../parts/answer";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { Choice } from "../../parts/popup";
import { State } from "../../parts/state";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { type Change, changes, compared, named, rival, sameRows, type Version } from "./judging";
import { Metrics } from "./metrics";

export function Compare({ version, versions }: { version: Version; versions: readonly Version[] }) {
  const [said, choose] = useParam("with");
  const other = (said ? named(versions, said) : undefined) ?? rival(versions, version);
  if (!other) return <Empty title="There is no other version to compare with" lines={["treadle diff RUN RUN"]} />;
  const options = versions.filter((one) => one.number !== version.number).map((one) => [String(one.number), optionOf(one)] as const);
  const paired = (version.gates ?? []).filter(
    (gate) => (gate.evidence as { champion_ref?: string })?.champion_ref === `${other.model}@v${other.number}`,
  );
  return (
    <div class="stack">
      <div class="row">
        <Choice label={`v${version.number} against`} value={String(other.number)} options={options} choose={choose} />
        {version.run && other.run && (
          <a href={to("compare", undefined, { runs: `${other.run},${version.run}` })}>
            compare the runs {other.run} and {version.run}
          </a>
        )}
      </div>
      {paired.map((gate) => (
        <p key={gate.gate}>
          <State is={gate.state} /> <Mentions text={gate.sentence} /> <span class="soft">row by row, on the same rows</span>
        </p>
      ))}
      <Panel title="Metrics" note={`v${version.number} beside v${other.number}`}>
        {!sameRows(version, other) && (
          <p class="warn">! They were judged on different rows{from(version, other)}: a difference may be one of the rows.</p>
        )}
        <Metrics rows={compared(version, other)} other={other} wide />
      </Panel>
      <MadeOf {...{ version, other }} />
      <Panel title="Inputs and outputs">
        <Changes title="inputs" all={changes(other.signature?.inputs ?? [], version.signature?.inputs ?? [])} />
        <Changes title="outputs" all={changes(other.signature?.outputs ?? [], version.signature?.outputs ?? [])} />
      </Panel>
    </div>
  );
}

function optionOf(version: Version): string {
  return [`v${version.number}`, ...(version.aliases ?? []), version.stage].join(", ");
}

function from(version: Version, other: Version): string {
  const [a, b] = [version.facts?.sources?.holdout, other.facts?.sources?.holdout];
  return a && b ? ` (${a} and ${b})` : "";
}

/** Data, code, environment and parameters of both, what differs first. */
function MadeOf({ version, other }: { version: Version; other: Version }) {
  const a = useAsk("delivery.story", { ref: `model://${version.model}@v${version.number}` });
  const b = useAsk("delivery.story", { ref: `model://${other.model}@v${other.number}` });
  if (!a.value || !b.value) return null;
  const told = (facts: readonly { label: string; value: string }[], label: string) =>
    facts
      .filter((fact) => fact.label === label)
      .map((fact) => fact.value)
      .join("\n");
  const mine = a.value.lineage ?? [];
  const theirs = b.value.lineage ?? [];
  const rows = [...new Set([...mine, ...theirs].map((fact) => fact.label))]
    .map((label) => ({ label, mine: told(mine, label), theirs: told(theirs, label) }))
    .sort((x, y) => Number(x.mine === x.theirs) - Number(y.mine === y.theirs));
  return (
    <Panel title="What they are made of">
      <Plain label="what both are made of" kind="made-of">
        <thead>
          <tr>
            <th>what</th>
            <th>v{other.number}</th>
            <th>v{version.number}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.label} class={row.mine === row.theirs ? "soft" : ""}>
              <td>{row.mine === row.theirs ? `= ${row.label}` : `≠ ${row.label}`}</td>
              <td>
                <Mentions text={row.theirs} kind="dataset" />
              </td>
              <td>
                <Mentions text={row.mine} kind="dataset" />
              </td>
            </tr>
          ))}
        </tbody>
      </Plain>
    </Panel>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "≠" } as const;

function Changes({ title, all }: { title: string; all: readonly Change[] }) {
  if (!all.length) return <p class="soft">= the {title} are the same</p>;
  return (
    <Plain label={`changed ${title}`}>
      <thead>
        <tr>
          <th>{title}</th>
          <th>before</th>
          <th>now</th>
        </tr>
      </thead>
      <tbody>
        {all.map((change) => (
          <tr key={change.name} class={change.what}>
            <td>
              {SIGNS[change.what]} <span class="mono">{change.name}</span>
            </td>
            <td>{change.before || <span class="soft">not there</span>}</td>
            <td>{change.after || <span class="soft">not there</span>}</td>
          </tr>
        ))}
      </tbody>
    </Plain>
  );
}
