// One model: its versions on the left, and what speaks for and against the chosen one.
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Why } from "../../parts/lineage";
import { Page, Tabs } from "../../parts/page";
import { Raw } from "../../parts/raw";
import { State } from "../../parts/state";
import { useParam } from "../../state/url";
import { AliasAct } from "./aliases";
import { Compare } from "./compare";
import { answering, type Endpoint, first, named, type Version } from "./judging";
import { NEWS } from "./list";
import { Alias, Answers } from "./marks";
import { Overview } from "./overview";
import { ReleaseAct } from "./release";
import { Versions } from "./versions";

export function Model({ name }: { name: string }) {
  const asked = useAsk("registry.versions", { model: name }, { news: NEWS });
  const endpoints = useAsk("serving.endpoints", {}, { news: NEWS });
  const [said] = useParam("v");
  const versions = asked.value ?? [];
  const version = said ? named(versions, said) : first(versions);
  if (!asked.value || !versions.length || !version) {
    return (
      <Page title={name} says={{ cli: `treadle models versions ${name}` }}>
        <Answered of={asked}>{() => (versions.length ? <NoVersion {...{ name, said }} /> : <NoVersions name={name} />)}</Answered>
      </Page>
    );
  }
  return <Shown {...{ version, versions }} endpoints={endpoints.value ?? []} again={asked.again} />;
}

type Shown = { version: Version; versions: readonly Version[]; endpoints: readonly Endpoint[]; again: () => void };

function Shown({ version, versions, endpoints, again }: Shown) {
  const ref = `${version.model}@v${version.number}`;
  const here = answering(endpoints, version.model, version.number);
  const says = {
    cli: `treadle models show ${ref}`,
    python: `from treadle import model\n\nmodel("${ref}").version()\nmodel("${ref}").read()`,
  };
  return (
    <Page
      title={version.model}
      lead={
        <>
          <b class="mono">v{version.number}</b> <State is={version.stage} />
          {(version.aliases ?? []).map((name) => (
            <Alias key={name} name={name} model={version.model} />
          ))}
          {here.map((one) => (
            <Answers key={one.endpoint + one.role} is={one} />
          ))}
        </>
      }
      actions={
        <>
          <AliasAct {...{ version, endpoints, again }} />
          <ReleaseAct {...{ version, endpoints, again }} />
        </>
      }
      says={says}
    >
      <div class="beside">
        <Versions {...{ version, versions, endpoints }} />
        <div>
          <Tabs
            tabs={[
              { name: "overview", label: "Overview", body: () => <Overview {...{ version, versions, endpoints, again }} /> },
              { name: "why", label: "Why", body: () => <Why subject={`model://${ref}`} /> },
              { name: "compare", label: "Compare", body: () => <Compare {...{ version, versions }} /> },
              { name: "raw", label: "Raw", body: () => <Raw value={version} {...says} /> },
            ]}
          />
        </div>
      </div>
    </Page>
  );
}

function NoVersion({ name, said }: { name: string; said: string }) {
  return (
    <Empty title={`${name} has no version or alias ${said}`} lines={[`treadle models versions ${name}`]}>
      It may have been an alias that was removed since.
    </Empty>
  );
}

function NoVersions({ name }: { name: string }) {
  return (
    <Empty title={`${name} has no versions yet`} lines={[`treadle models register ${name} RUN/OUTPUT`]}>
      A version is made out of what a run gave.
    </Empty>
  );
}
