// What a person needs to decide: where it came from, what its gates said, how it compares, and what people wrote about it.
import type { ComponentChildren } from "preact";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Subject } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { num } from "../../parts/words";
import { toRun } from "../../state/paths";
import { changed } from "../../state/url";
import { Aliases, History } from "./aliases";
import { Approval } from "./approval";
import { CardPanel } from "./card";
import { Gates } from "./gates";
import { compared, type Endpoint, passed, rival, type Version } from "./judging";
import { Metrics } from "./metrics";
import { SignaturePanel } from "./signature";

type Props = { version: Version; versions: readonly Version[]; endpoints: readonly Endpoint[]; again: () => void };

export function Overview({ version, versions, endpoints, again }: Props) {
  const other = rival(versions, version);
  return (
    <div class="stack">
      <Glance version={version} />
      <div class="grid">
        <Panel title="Gates" note={passed(version) && `${passed(version)} passed`}>
          <Gates version={version} />
          <Approval {...{ version, again }} />
        </Panel>
        <div class="stack">
          <Panel
            title="Metrics"
            note={other ? <>beside {nameOf(other)}</> : undefined}
            actions={other && <a href={changed(location.pathname, location.search, { tab: "compare" })}>compare all</a>}
          >
            <Metrics rows={compared(version, other)} other={other} />
          </Panel>
          <Panel title="Names and answers">
            <Aliases {...{ version, endpoints, again }} />
          </Panel>
        </div>
      </div>
      <CardPanel {...{ version, again }} />
      <SignaturePanel version={version} />
      <History model={version.model} />
    </div>
  );
}

function nameOf(version: Version): string {
  const champion = version.aliases?.includes("champion");
  return champion ? `the champion, v${version.number}` : `v${version.number}`;
}

type Fact = Schema<"Fact">;

/** In one line: `trained on flights@v3, weather@v3 until 2013-03-31, code a41f9c, run 12`. */
function Glance({ version }: { version: Version }) {
  const story = useAsk("delivery.story", { ref: `model://${version.model}@v${version.number}` });
  const facts = story.value?.lineage ?? [];
  return (
    <p class="glance">
      {spoken(parts(facts, version)).map((part, at) => (
        <span key={at}>{part}</span>
      ))}
    </p>
  );
}

function parts(facts: readonly Fact[], version: Version): ComponentChildren[] {
  const data = facts.filter((fact) => fact.label === "data");
  const code = facts.find((fact) => fact.label === "code")?.value.split(",")[0];
  const made: ComponentChildren[] = [];
  if (data.length)
    made.push(<>trained on {spoken(data.map((fact) => <Subject of={fact.ref ?? ""}>{fact.value.split(":")[0]!}</Subject>))}</>);
  if (version.data_until) made.push(<>data until {new Date(version.data_until * 1000).toISOString().slice(0, 10)}</>);
  if (version.facts?.rows?.training) made.push(<>{num(version.facts.rows.training)} rows</>);
  if (code) made.push(<span class="mono">{code}</span>);
  if (version.run)
    made.push(
      <a class="said" href={toRun(version.run)}>
        run {version.run}
      </a>,
    );
  if (version.check)
    made.push(
      <>
        checked by{" "}
        <a class="said" href={toRun(version.check)}>
          run {version.check}
        </a>
      </>,
    );
  made.push(<>registered by {version.actor}</>);
  return made;
}

function spoken(all: readonly ComponentChildren[]): ComponentChildren[] {
  return all.flatMap((one, at) => (at ? [", ", one] : [one]));
}
