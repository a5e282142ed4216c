// One dataset: the line of its versions on the left, and what is in the chosen one.
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { Why } from "../../parts/lineage";
import { Page, Tabs } from "../../parts/page";
import { Raw } from "../../parts/raw";
import { Time } from "../../parts/time";
import { count, size } from "../../parts/words";
import { changed, useParam } from "../../state/url";
import { Diff } from "./diff";
import { NEWS } from "./list";
import { AliasAct, LabelAct } from "./names";
import { Overview } from "./overview";

export type Version = Answer<"data.version">;

export function Dataset({ name }: { name: string }) {
  const asked = useAsk("data.versions", { dataset: name }, { news: NEWS });
  const [said] = useParam("v");
  const versions = asked.value ?? [];
  const version = said ? named(versions, said) : versions[0];
  if (!version) {
    return (
      <Page title={name} says={{ cli: `treadle data versions ${name}` }}>
        <Answered of={asked}>
          {() => (
            <Empty
              title={said ? `${name} has no version, label or alias ${said}` : `${name} has no versions yet`}
              lines={[`treadle data versions ${name}`, `treadle data add FOLDER --as ${name} -m WORDS`]}
            />
          )}
        </Answered>
      </Page>
    );
  }
  return <Shown {...{ version, versions }} again={asked.again} />;
}

/** A version by what the address says: its number, its label, or an alias. */
export function named(versions: readonly Version[], said: string): Version | undefined {
  const number = said.replace(/^v(?=\d+$)/, "");
  return versions.find((one) => String(one.number) === number) ?? versions.find((one) => one.label === said || one.aliases?.includes(said));
}

function Shown({ version, versions, again }: { version: Version; versions: readonly Version[]; again: () => void }) {
  const ref = `${version.dataset}@v${version.number}`;
  const says = { cli: `treadle data show ${ref}`, python: `from treadle import dataset\n\ndataset("${ref}").read()` };
  return (
    <Page
      title={version.dataset}
      lead={
        <>
          <b class="mono">v{version.number}</b> {version.label && <span class="chip flag">label {version.label}</span>}
          {(version.aliases ?? []).map((alias) => (
            <b key={alias} class="chip flag champion">
              {alias}
            </b>
          ))}
          <span>
            {version.rows !== null && version.rows !== undefined && `${count(version.rows, "row")}, `}
            {count(version.files, "file")}, {size(version.size)}
          </span>
        </>
      }
      actions={
        <>
          {!version.label && <LabelAct {...{ version, again }} />}
          <AliasAct {...{ version, versions, again }} />
        </>
      }
      says={says}
    >
      <div class="beside">
        <Versions {...{ version, versions }} />
        <div>
          <Tabs
            tabs={[
              { name: "overview", label: "Overview", body: () => <Overview {...{ version, again }} /> },
              { name: "why", label: "Why", body: () => <Why subject={`dataset:${ref}`} /> },
              { name: "compare", label: "Compare", body: () => <Diff {...{ version, versions }} /> },
              { name: "raw", label: "Raw", body: () => <Raw value={version} {...says} /> },
            ]}
          />
        </div>
      </div>
    </Page>
  );
}

function Versions({ version, versions }: { version: Version; versions: readonly Version[] }) {
  return (
    <nav class="versions panel" aria-label="versions">
      <div class="panel-head">
        <h2>Versions</h2>
        <span class="soft">{versions.length}</span>
      </div>
      <ol>
        {versions.map((one) => (
          <li key={one.number} class={one.number === version.number ? "version current" : "version"}>
            <a
              href={changed(location.pathname, location.search, { v: String(one.number) })}
              aria-current={one.number === version.number ? "true" : undefined}
            >
              <b class="mono">v{one.number}</b> <Changes of={one} />
              <span class="gap" />
              <Time at={one.created_at} />
            </a>
            {one.label && <span class="chip flag">{one.label}</span>}
            {(one.aliases ?? []).map((alias) => (
              <b key={alias} class="chip flag champion">
                {alias}
              </b>
            ))}
            <p class="soft">
              {one.message || "no message"} <span>· {one.actor}</span>
              {one.run && <span> · run {one.run}</span>}
            </p>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** How many files came, went and changed: `+1 −2 ≠3`. */
export function Changes({ of }: { of: Version }) {
  const told = [
    ["+", of.added, "added", "ok"],
    ["−", of.removed, "removed", "bad"],
    ["≠", of.changed, "changed", "warn"],
  ] as const;
  return (
    <span class="changes">
      {told.map(([sign, number, word, tone]) =>
        number ? (
          <span key={word} class={tone} title={`${count(number, "file")} ${word}`}>
            {sign}
            {number}
          </span>
        ) : null,
      )}
    </span>
  );
}
