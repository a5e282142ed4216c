// The tab Code: where it comes from, how it differs from another run's, its files, and what of it the result can depend on.
import { useState } from "preact/hooks";
import { Empty } from "../../parts/answer";
import { Copy } from "../../parts/copy";
import { Panel } from "../../parts/page";
import { type Column, Table } from "../../parts/table";
import { count } from "../../parts/words";
import { Against } from "./against";
import { Files } from "./files";
import type { Run } from "./index";

type Part = { name: string; digest: string };
const COLUMNS: readonly Column<Part>[] = [
  { key: "name", title: "part", cell: (one) => <span class="mono">{one.name}</span>, text: (one) => one.name },
  {
    key: "digest",
    title: "digest",
    cell: (one) => <span class="mono soft">{one.digest.slice(0, 12)}</span>,
    text: (one) => one.digest,
    width: 140,
  },
];

export function Code({ run }: { run: Run }) {
  const [find, setFind] = useState("");
  const { code, definition } = run;
  if (!code) {
    return (
      <Empty title="No code is recorded of it" lines={["treadle run pipeline.py::train"]}>
        Code is captured of runs that Treadle performs, and of scripts that import it.
      </Empty>
    );
  }
  const parts = Object.entries(code.parts ?? {}).map(([name, digest]) => ({ name, digest }));
  const shown = parts.filter((one) => one.name.toLowerCase().includes(find.toLowerCase()));
  const where = [definition?.file, definition?.line].filter(Boolean).join(":");
  return (
    <div class="stack">
      <Panel title="Where it comes from">
        <dl class="facts">
          {where && [
            <dt key="wt">declared in</dt>,
            <dd key="wd">
              <code>{where}</code> <Copy text={where} />
            </dd>,
          ]}
          {definition?.command && [
            <dt key="ct">command</dt>,
            <dd key="cd">
              <code>{String(definition.command)}</code>
            </dd>,
          ]}
          <dt>commit</dt>
          <dd>
            {code.commit ? (
              <>
                <code>{code.commit}</code> <Copy text={code.commit} /> {code.branch && <span class="soft">on {code.branch}</span>}{" "}
                {code.dirty ? <span class="warn">! with changes that were not committed</span> : <span class="ok">✓ clean</span>}
              </>
            ) : (
              <span class="warn">! outside git</span>
            )}
          </dd>
          {code.remote && [
            <dt key="rt">repository</dt>,
            <dd key="rd" class="mono">
              {code.remote}
            </dd>,
          ]}
          <dt>digest</dt>
          <dd class="mono">{code.digest.slice(0, 12)}</dd>
          {run.options?.entry && [
            <dt key="et">asked for as</dt>,
            <dd key="ed">
              <code>treadle run {run.options.entry}</code>
            </dd>,
          ]}
        </dl>
        {code.note && <p class="soft">{code.note}</p>}
        {(code.warnings ?? []).map((words) => (
          <p key={words} class="warn">
            ! {words}
          </p>
        ))}
      </Panel>
      <Against run={run} />
      <Files run={run} />
      {parts.length > 0 && (
        <Panel
          title="What its result can depend on"
          note={count(parts.length, "part")}
          actions={
            <input
              type="search"
              aria-label="find a part"
              placeholder="find a part"
              value={find}
              onInput={(event) => setFind(event.currentTarget.value)}
            />
          }
        >
          <Table label="parts of the code" rows={shown} columns={COLUMNS} keyOf={(one) => one.name} height="320px" />
        </Panel>
      )}
    </div>
  );
}
