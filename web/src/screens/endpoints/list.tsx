// The list of endpoints: what is live, how the traffic is split, how it fares, and the way back, two clicks from here.
import { useAsk } from "../../api/ask";
import { type Endpoint, liveOf, refOf, shareWords } from "../../parts/stages";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { num } from "../../parts/words";
import { pathOf, to } from "../../state/paths";
import { quantile, together, within } from "./latency";
import { RollBack } from "./roll_back";
import type { Traffic } from "./rollouts";
import { TrafficBar } from "./traffic_bar";

const sum = (endpoint: Endpoint, of: (traffic: Traffic) => number | undefined) =>
  (endpoint.traffic ?? []).reduce((all, one) => all + (of(one) ?? 0), 0);
const slow = (endpoint: Endpoint) => quantile(together((endpoint.traffic ?? []).map((one) => one.latency)), 0.99);

export function EndpointTable({ all, again }: { all: readonly Endpoint[]; again: () => void }) {
  const monitors = useAsk("monitoring.monitors", {}, { news: ["alarm.", "monitor."] });
  const alarms = (endpoint: Endpoint) => (monitors.value ?? []).filter((one) => one.endpoint === endpoint.name && one.alarms?.length);
  const columns: Column<Endpoint>[] = [
    {
      key: "endpoint",
      title: "endpoint",
      width: 110,
      cell: (one) => <a href={to("endpoints", one.name)}>{one.name}</a>,
      text: (one) => one.name,
    },
    { key: "state", title: "state", width: 70, cell: (one) => <State is={one.state} />, text: (one) => one.state },
    {
      key: "live",
      title: "live",
      width: 130,
      cell: (one) => <Live of={one} />,
      text: (one) => (liveOf(one) ? refOf(liveOf(one)!) : ""),
    },
    { key: "traffic", title: "traffic", width: 140, cell: (one) => <TrafficBar revisions={one.revisions ?? []} /> },
    {
      key: "rollout",
      title: "rollout",
      width: 150,
      cell: (one) => <Way of={one} />,
      text: (one) => one.rollout?.state,
    },
    {
      key: "requests",
      title: "requests",
      numeric: true,
      width: 85,
      hint: "requests answered since the endpoint was declared",
      cell: (one) => num(sum(one, (traffic) => traffic.requests)),
      text: (one) => sum(one, (traffic) => traffic.requests),
    },
    {
      key: "errors",
      title: "errors",
      numeric: true,
      width: 70,
      hint: "requests that the model failed: it raised, hung, or its process died",
      cell: (one) => <Errors count={sum(one, (traffic) => traffic.errors)} />,
      text: (one) => sum(one, (traffic) => traffic.errors),
    },
    {
      key: "p99",
      title: "p99",
      numeric: true,
      width: 90,
      hint: "99 of 100 requests were answered within it",
      cell: (one) => within(slow(one)),
      text: (one) => slow(one),
    },
    {
      key: "alarms",
      title: "alarms",
      width: 80,
      cell: (one) => <Alarms of={alarms(one)} />,
      text: (one) => alarms(one).reduce((all, monitor) => all + (monitor.alarms?.length ?? 0), 0),
    },
    { key: "back", title: "go back", width: 100, cell: (one) => <RollBack endpoint={one} done={again} quiet /> },
    {
      key: "address",
      title: "address",
      width: 180,
      cell: (one) => (one.address ? <span class="mono">{one.address}</span> : <span class="soft">nowhere yet</span>),
      text: (one) => one.address,
    },
  ];
  return <Table label="endpoints" rows={all} columns={columns} keyOf={(one) => one.name} open={(one) => to("endpoints", one.name)} main />;
}

function Live({ of }: { of: Endpoint }) {
  const live = liveOf(of);
  return live ? <a href={pathOf(`model:${refOf(live)}`)!}>{refOf(live)}</a> : <span class="soft">nothing</span>;
}

function Way({ of }: { of: Endpoint }) {
  const rollout = of.rollout;
  const one = of.revisions?.find((revision) => revision.number === rollout?.revision);
  const stage = rollout?.stages[rollout.stage];
  if (!rollout || !one || !stage) return <span class="soft">none</span>;
  return (
    <span>
      <State is={rollout.state} /> {refOf(one)} {shareWords(stage)}, stage {rollout.stage + 1} of {rollout.stages.length}
    </span>
  );
}

function Errors({ count }: { count: number }) {
  return count ? <span class="bad">✕ {num(count)}</span> : <>0</>;
}

function Alarms({ of }: { of: readonly { name: string; alarms?: readonly unknown[] }[] }) {
  if (!of.length) return <span class="soft">none</span>;
  return (
    <>
      {of.map((monitor) => (
        <a key={monitor.name} class="bad" href={to("monitors", monitor.name)} title={`open alarms of ${monitor.name}`}>
          ▲ {monitor.alarms?.length} open
        </a>
      ))}
    </>
  );
}
