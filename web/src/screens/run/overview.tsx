// The tab Overview: how it went, what came in and out, and what was measured.

import { Comments } from "../../parts/comments";
import { Panel } from "../../parts/page";
import { State, stateOf } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Took } from "../../parts/taking";
import { Time } from "../../parts/time";
import { count, num, said, size, took } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { Attempts } from "./attempts";
import type { Run } from "./index";
import { Download, Kept } from "./kept";
import { Metrics } from "./metrics";
import { Source } from "./source";
import { Words } from "./words";

export function Overview({ run, again }: { run: Run; again: () => void }) {
  const logged = Object.entries(run.logged_parameters ?? {});
  const system = (run.metrics ?? []).filter((one) => one.name.startsWith("system/"));
  return (
    <div class="stack">
      <Attempts run={run} />
      {!!run.children?.length && <Children run={run} />}
      <Metrics run={run} system={false} />
      <div class="grid">
        <Inputs run={run} />
        <Outputs run={run} />
        <Panel title="Parameters" note={run.definition?.summary}>
          <Named values={run.parameters ?? {}} defaults={defaultsOf(run)} />
          {logged.length > 0 && (
            <>
              <h3>logged by the code</h3>
              <Named values={run.logged_parameters ?? {}} />
            </>
          )}
          {run.seed != null && <p class="soft">seed {run.seed}</p>}
        </Panel>
        <Panel title="Tags and note">
          <Words run={run} again={again} />
        </Panel>
      </div>
      {!!run.logged?.length && (
        <Panel title="Logged" note={`${count(run.logged.length, "thing")}: images, tables and files, shown when they are asked for`}>
          <Kept things={run.logged} />
        </Panel>
      )}
      {!!run.files?.length && <Files run={run} />}
      {(system.length > 0 || run.usage) && <Use run={run} system={system.length > 0} />}
      <Comments subject={`run:${run.id}`} />
    </div>
  );
}

function Use({ run, system }: { run: Run; system: boolean }) {
  const { usage } = run;
  return (
    <>
      {usage && (
        <Panel title="Resources used">
          <dl class="facts">
            <dt>wall</dt>
            <dd>{took(usage.wall)}</dd>
            <dt>CPU</dt>
            <dd>
              {took(usage.cpu)} {usage.wall ? <span class="soft">{num((100 * (usage.cpu ?? 0)) / usage.wall)} % of one core</span> : null}
            </dd>
            <dt>most memory</dt>
            <dd>{size(usage.memory)}</dd>
          </dl>
        </Panel>
      )}
      {system && <Metrics run={run} system />}
    </>
  );
}

function defaultsOf(run: Run): Record<string, unknown> {
  return Object.fromEntries((run.definition?.parameters ?? []).map((one) => [one.name, one.default]));
}

/** A value as it was given: a seed is not a quantity. */
function exactly(value: unknown): string {
  return typeof value === "number" ? String(value) : said(value);
}

/** Names and values; what is not as declared is said to be so. */
function Named({ values, defaults }: { values: Record<string, unknown>; defaults?: Record<string, unknown> }) {
  const names = Object.keys(values);
  if (!names.length) return <p class="soft">none</p>;
  return (
    <dl class="facts">
      {names.map((name) => {
        const usual = defaults?.[name];
        const other = usual !== undefined && JSON.stringify(usual) !== JSON.stringify(values[name]);
        return [
          <dt key={`${name}t`} class="mono">
            {name}
          </dt>,
          <dd key={`${name}d`} class="mono">
            {exactly(values[name])} {other && <span class="soft">usually {exactly(usual)}</span>}
          </dd>,
        ];
      })}
    </dl>
  );
}

function Inputs({ run }: { run: Run }) {
  const inputs = run.inputs ?? [];
  const described = run.described ?? [];
  return (
    <Panel title="Inputs">
      {!inputs.length && !described.length && <p class="soft">{run.state === "queued" ? "not taken yet" : "none"}</p>}
      <dl class="facts">
        {inputs.map((one) => [
          <dt key={`${one.name}${one.position}t`} class="mono">
            {one.name}
            {one.position ? `[${one.position}]` : ""}
          </dt>,
          <dd key={`${one.name}${one.position}d`}>
            <Source text={one.source} /> <span class="mono soft">{one.digest.slice(0, 12)}</span>
          </dd>,
        ])}
        {described.map((one) => [
          <dt key={`${one.name}${one.digest}t`} class="mono">
            {one.name}
          </dt>,
          <dd key={`${one.name}${one.digest}d`} class="soft">
            {one.source_type}, said by its client
          </dd>,
        ])}
      </dl>
    </Panel>
  );
}

function Outputs({ run }: { run: Run }) {
  const outputs = run.outputs ?? [];
  const declared = new Map((run.definition?.outputs ?? []).map((one) => [one.name, one]));
  return (
    <Panel title="Outputs">
      {!outputs.length && <p class="soft">{["queued", "starting", "running"].includes(run.state) ? "none yet" : "none"}</p>}
      <dl class="facts">
        {outputs.map((one) => {
          const { dataset, model } = declared.get(one.name) ?? {};
          return [
            <dt key={`${one.name}t`} class="mono">
              {one.name}
            </dt>,
            <dd key={`${one.name}d`}>
              <Download of={one} /> <span class="soft">{one.format}</span> {size(one.size)}{" "}
              {one.pickled && <span class="warn">! a pickle: loading it executes code</span>}
              {dataset && <a href={to("data", dataset)}>dataset {dataset}</a>} {model && <a href={to("models", model)}>model {model}</a>}
            </dd>,
          ];
        })}
      </dl>
      {outputs.length > 0 && <Kept things={outputs} only="readable" />}
    </Panel>
  );
}

type Child = NonNullable<Run["children"]>[number];

const CHILDREN: readonly Column<Child>[] = [
  {
    key: "run",
    title: "run",
    width: 190,
    cell: (child) => <a class="mono" href={toRun(child.id)}>{`${child.id} ${child.name}`}</a>,
    text: (child) => child.id,
  },
  { key: "step", title: "step", cell: (child) => child.step, text: (child) => child.step },
  { key: "state", title: "state", width: 100, cell: (child) => <State is={stateOf(child)} />, text: stateOf },
  {
    key: "took",
    title: "took",
    width: 100,
    numeric: true,
    cell: (child) => <Took run={child} />,
    text: (child) => (child.started_at && child.ended_at ? child.ended_at - child.started_at : null),
  },
  { key: "started", title: "started", width: 120, cell: (child) => <Time at={child.started_at} />, text: (child) => child.started_at },
  {
    key: "what",
    title: "",
    cell: (child) =>
      child.error ? (
        <span class="bad">{child.error.message}</span>
      ) : (
        <span class="soft">{child.waits_for ? `waits for ${child.waits_for}` : ""}</span>
      ),
  },
];

function Children({ run }: { run: Run }) {
  const children = run.children ?? [];
  return (
    <Panel title="Steps" note={count(children.length, "run")} actions={<a href={to("pipelines", run.step, { run: run.id })}>As a graph</a>}>
      <Table
        label="steps"
        rows={children}
        columns={CHILDREN}
        keyOf={(child) => child.id}
        open={(child) => toRun(child.id)}
        main
        file={`run-${run.id}-steps`}
      />
    </Panel>
  );
}

function Files({ run }: { run: Run }) {
  const files = (run.files ?? []).map((file) => ({
    name: file.path ?? "",
    digest: file.digest ?? "",
    size: file.size ?? 0,
    format: "file",
  }));
  return (
    <Panel title="Files" note={`${count(files.length, "file")} kept by its client`}>
      <Kept things={files} />
    </Panel>
  );
}
