// Platform: what runs where, what does it cost, who may?
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Page, Panel, Tabs } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count, moment, size, took } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { Days } from "./days";
import { Projects } from "./projects";
import { Tokens } from "./tokens";
import "./platform.css";

type Usage = Answer<"delivery.usage">;
type Cost = Usage["cost"];

const SPANS = ["1", "7", "30", "90", "365"] as const;

export default function Platform() {
  const [days, setDays] = useParam("days", "30");
  const usage = useAsk("delivery.usage", { days: Number(days) || 30 }, { news: ["run.", "endpoint.", "process."], keep: true });
  return (
    <Page
      title="Platform"
      lead="over all projects"
      says={{ cli: `treadle doctor\ntreadle api delivery.usage -f days=${days}`, python: `client(read_usage, AskUsage(days=${days}))` }}
      actions={
        <Choice
          label="of the last"
          value={days}
          options={SPANS.map((span) => [span, span === "1" ? "day" : `${span} days`])}
          choose={setDays}
        />
      }
    >
      <Tabs
        tabs={[
          { name: "now", label: "Now", body: () => <Answered of={usage}>{(value) => <Now usage={value} />}</Answered> },
          { name: "cost", label: "Cost", body: () => <Answered of={usage}>{(value) => <Costs usage={value} />}</Answered> },
          { name: "storage", label: "Storage", body: () => <Answered of={usage}>{(value) => <Storage usage={value} />}</Answered> },
          { name: "projects", label: "Projects", body: () => <Projects /> },
          { name: "tokens", label: "Who may", body: () => <Tokens /> },
        ]}
      />
    </Page>
  );
}

function Now({ usage }: { usage: Usage }) {
  const { queue } = usage;
  return (
    <div class="stack">
      <div class="tiles">
        <Tile
          title="running now"
          value={String(usage.engines.reduce((sum, engine) => sum + engine.running + engine.starting, 0))}
          href={to("runs", undefined, { q: "state = running", children: "all" })}
        />
        <Tile
          title={`waiting, ${queue.ready} of them for a place only`}
          value={String(queue.waiting)}
          href={to("runs", undefined, { q: "state = queued", children: "all" })}
        />
        <Tile title={`median wait of ${count(queue.started, "run")}`} value={took(queue.wait)} />
        <Tile title="processes that dispatch" value={String(usage.processes.filter((one) => one.alive).length)} />
        <Tile title="endpoints that answer" value={String(usage.endpoints.length)} href={to("endpoints")} />
      </div>
      <div class="grid">
        <Panel title="Engines">
          <Table label="engines" rows={usage.engines} columns={ENGINES} keyOf={(one) => one.engine} />
        </Panel>
        <Panel title="Endpoints">
          <Table
            label="endpoints"
            rows={usage.endpoints}
            columns={ENDPOINTS}
            keyOf={(one) => one.name}
            open={(one) => to("endpoints", one.name)}
          />
        </Panel>
      </div>
      <Panel title="Processes" note="that dispatch and supervise runs">
        <Table label="processes" rows={usage.processes} columns={PROCESSES} keyOf={(one) => `${one.host} ${one.pid} ${one.started_at}`} />
      </Panel>
      <Health />
    </div>
  );
}

const ENGINES: readonly Column<Usage["engines"][number]>[] = [
  { key: "engine", title: "engine", cell: (one) => one.engine, text: (one) => one.engine },
  {
    key: "running",
    title: "running",
    numeric: true,
    width: 80,
    cell: (one) => one.running + one.starting,
    text: (one) => one.running + one.starting,
  },
  { key: "queued", title: "queued", numeric: true, width: 80, cell: (one) => one.queued, text: (one) => one.queued },
  {
    key: "cores",
    title: "cores",
    numeric: true,
    width: 80,
    cell: (one) => one.cores ?? "—",
    text: (one) => one.cores,
    hint: "what its live dispatchers can give together",
  },
];

const ENDPOINTS: readonly Column<Usage["endpoints"][number]>[] = [
  { key: "name", title: "endpoint", cell: (one) => <a href={to("endpoints", one.name)}>{one.name}</a>, text: (one) => one.name },
  { key: "ref", title: "answers", cell: (one) => one.ref ?? <span class="soft">nothing yet</span>, text: (one) => one.ref },
  { key: "address", title: "address", cell: (one) => <span class="mono">{one.address || "—"}</span>, text: (one) => one.address },
];

const PROCESSES: readonly Column<Usage["processes"][number]>[] = [
  { key: "role", title: "role", width: 130, cell: (one) => one.role, text: (one) => one.role },
  { key: "host", title: "host", cell: (one) => one.host, text: (one) => one.host },
  { key: "pid", title: "process", width: 90, numeric: true, cell: (one) => one.pid, text: (one) => one.pid },
  {
    key: "alive",
    title: "state",
    width: 100,
    cell: (one) => <State is={one.alive ? "on" : "off"} title={one.alive ? "heard of within a lease" : "gone without saying so"} />,
    text: (one) => (one.alive ? "on" : "off"),
  },
  { key: "started", title: "started", width: 130, cell: (one) => <Time at={one.started_at} />, text: (one) => moment(one.started_at) },
  { key: "seen", title: "last seen", width: 130, cell: (one) => <Time at={one.seen_at} />, text: (one) => moment(one.seen_at) },
];

function Health() {
  const health = useAsk("journal.health", {});
  return (
    <Panel title="Health" note="treadle doctor tells more, on the server's machine">
      <Answered of={health}>
        {(told) => {
          const skew = Math.abs(told.clock - Date.now() / 1000);
          return (
            <dl class="facts">
              <dt>version</dt>
              <dd>{told.version}</dd>
              <dt>record</dt>
              <dd>
                {told.dialect}, schema {told.schema}, <span class="mono">{told.database}</span>
              </dd>
              <dt>bytes</dt>
              <dd class="mono">{told.blobs}</dd>
              <dt>clock</dt>
              <dd class={skew > 30 ? "warn" : ""}>{skew > 5 ? `${took(skew)} apart from this browser's` : "agrees with this browser's"}</dd>
              <dt>journal</dt>
              <dd>
                <a href="/journal">{count(told.last_entry, "entry", "entries")}</a>
              </dd>
              <dt>for machines</dt>
              <dd>
                <a href="/metrics">/metrics</a> (Prometheus), <a href="/openapi.json">/openapi.json</a> (the API),{" "}
                <a href="/health/ready">/health/ready</a>
              </dd>
            </dl>
          );
        }}
      </Answered>
    </Panel>
  );
}

// --- cost -----------------------------------------------------------------------------------------------------------------------

function Costs({ usage }: { usage: Usage }) {
  return (
    <div class="stack">
      <div class="tiles">
        <Tile title="CPU time" value={took(usage.cost.cpu)} />
        <Tile title="time at work" value={took(usage.cost.wall)} />
        <Tile title="largest memory of one attempt" value={size(usage.cost.memory)} />
        <Tile title="attempts" value={usage.cost.attempts.toLocaleString("en-US")} />
      </div>
      <Days
        title="CPU time by day"
        unit="seconds of CPU"
        days={usage.cost_by_day.map((day) => ({ day: day.name, values: { CPU: day.cpu } }))}
        told={took}
      />
      <div class="grid">
        <CostTable title="By project" costs={usage.cost_by_project} />
        <CostTable title="By step" costs={usage.cost_by_step} query={(name) => `step = '${name}'`} />
        <CostTable title="By who asked" costs={usage.cost_by_actor} query={(name) => `actor = '${name}'`} />
      </div>
    </div>
  );
}

function CostTable({ title, costs, query }: { title: string; costs: readonly Cost[]; query?: (name: string) => string }) {
  const columns: Column<Cost>[] = [
    {
      key: "name",
      title: title.replace(/^By /, ""),
      cell: (one) => (query ? <a href={to("runs", undefined, { q: query(one.name), children: "all" })}>{one.name}</a> : one.name),
      text: (one) => one.name,
    },
    { key: "cpu", title: "CPU", numeric: true, width: 100, cell: (one) => took(one.cpu), text: (one) => one.cpu },
    { key: "wall", title: "at work", numeric: true, width: 100, cell: (one) => took(one.wall), text: (one) => one.wall },
    { key: "memory", title: "memory", numeric: true, width: 90, cell: (one) => size(one.memory), text: (one) => one.memory },
    { key: "attempts", title: "attempts", numeric: true, width: 80, cell: (one) => one.attempts, text: (one) => one.attempts },
  ];
  return (
    <Panel title={title}>
      {costs.length ? (
        <Table label={title} rows={costs} columns={columns} keyOf={(one) => one.name} file={title} />
      ) : (
        <p class="soft">no attempt ended in these days</p>
      )}
    </Panel>
  );
}

// --- storage --------------------------------------------------------------------------------------------------------------------

function Storage({ usage }: { usage: Usage }) {
  const columns: Column<Usage["stored"][number]>[] = [
    { key: "kind", title: "kind", cell: (one) => one.kind, text: (one) => one.kind },
    {
      key: "count",
      title: "how many",
      numeric: true,
      width: 110,
      cell: (one) => one.count.toLocaleString("en-US"),
      text: (one) => one.count,
    },
    { key: "bytes", title: "size", numeric: true, width: 110, cell: (one) => size(one.bytes), text: (one) => one.bytes },
  ];
  return (
    <div class="stack">
      <Panel title="What is stored" note="before equal bytes are kept only once; treadle data gc removes what nothing names">
        <Table label="what is stored" rows={usage.stored} columns={columns} keyOf={(one) => one.kind} file="storage" />
      </Panel>
      <Days
        title="What came by day"
        unit="bytes"
        days={usage.stored_by_day.map(({ at, ...kinds }) => ({ day: new Date(at * 1000).toISOString().slice(0, 10), values: kinds }))}
        told={size}
      />
    </div>
  );
}

function Tile({ title, value, href }: { title: string; value: string; href?: string }) {
  return (
    <div class="tile">
      <span class="soft">{title}</span>
      <b>{href ? <a href={href}>{value}</a> : value}</b>
    </div>
  );
}
