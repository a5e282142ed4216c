// The tab Environment: what a run was performed with, and where.
import { useState } from "preact/hooks";
import { Empty } from "../../parts/answer";
import { Facts } from "../../parts/facts";
import { Panel } from "../../parts/page";
import { type Column, Table } from "../../parts/table";
import { count, said } from "../../parts/words";
import { toRun } from "../../state/paths";
import type { Run } from "./index";

type Package = { name: string; version: string };
const COLUMNS: readonly Column<Package>[] = [
  { key: "name", title: "package", cell: (one) => <span class="mono">{one.name}</span>, text: (one) => one.name },
  { key: "version", title: "version", cell: (one) => <span class="mono">{one.version}</span>, text: (one) => one.version, width: 200 },
];

export function Environment({ run }: { run: Run }) {
  const [find, setFind] = useState("");
  const environment = run.environment;
  if (!environment) {
    return run.reused_from != null ? (
      <Empty title="It was performed in no environment">
        Its result is that of <a href={toRun(run.reused_from, "environment")}>run {run.reused_from}</a>, whose environment is equal.
      </Empty>
    ) : (
      <Empty title="No environment is recorded">It is noted when the run begins.</Empty>
    );
  }
  const packages = Object.entries(environment.distributions ?? {}).map(([name, version]) => ({ name, version }));
  const shown = packages.filter((one) => one.name.toLowerCase().includes(find.toLowerCase()));
  const { sources, editable, ...detail } = (environment.detail ?? {}) as Record<string, Record<string, unknown>>;
  return (
    <div class="grid">
      <Panel title="Interpreter and machine">
        <Facts
          value={{
            python: environment.python,
            platform: environment.platform,
            ...detail,
            treadle: environment.treadle,
            digest: environment.digest,
            ...(run.attempts?.length ? { hosts: [...new Set(run.attempts.map((one) => one.host ?? one.engine))] } : {}),
            ...(run.definition?.resources ? { "asked for": said(run.definition.resources) } : {}),
            ...(sources && Object.keys(sources).length ? { sources } : {}),
            ...(editable && Object.keys(editable).length ? { editable } : {}),
          }}
        />
      </Panel>
      <Panel
        title="Packages"
        note={find ? `${shown.length} of ${packages.length}` : count(packages.length, "package")}
        actions={
          <input
            type="search"
            aria-label="find a package"
            placeholder="find a package"
            value={find}
            onInput={(event) => setFind(event.currentTarget.value)}
          />
        }
      >
        <Table label="packages" rows={shown} columns={COLUMNS} keyOf={(one) => one.name} height="55vh" file={`run-${run.id}-packages`} />
      </Panel>
    </div>
  );
}
