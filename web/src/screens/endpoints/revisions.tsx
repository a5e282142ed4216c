// The revisions of an endpoint: what answers, what could, and what did.
import { Panel } from "../../parts/page";
import { type Endpoint, percent, type Revision, refOf } from "../../parts/stages";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { num } from "../../parts/words";
import { pathOf, to } from "../../state/paths";
import { quantile, within } from "./latency";
import { answers, type Traffic } from "./rollouts";

type Row = Revision & { traffic: Traffic | undefined };

export function Revisions({ endpoint }: { endpoint: Endpoint }) {
  const traffic = new Map((endpoint.traffic ?? []).map((one) => [one.revision, one]));
  const rows = [...(endpoint.revisions ?? [])]
    .reverse()
    .map((one): Row => ({ ...one, share: answers(one, endpoint.revisions ?? []), traffic: traffic.get(one.number) }));
  return (
    <Panel title="Revisions" note="what answers, newest first; the counts are of all its time">
      {rows.length ? (
        <Table label="revisions" rows={rows} columns={columns(endpoint)} keyOf={(row) => row.number} file={`${endpoint.name}-revisions`} />
      ) : (
        <p class="soft">
          Nothing was released yet:{" "}
          <code>
            treadle endpoints release {endpoint.name} {endpoint.model}@v1
          </code>
        </p>
      )}
    </Panel>
  );
}

function columns(endpoint: Endpoint): Column<Row>[] {
  return [
    { key: "number", title: "n", numeric: true, width: 40, cell: (row) => row.number, text: (row) => row.number },
    {
      key: "version",
      title: "version",
      width: 120,
      cell: (row) => <a href={pathOf(`model:${refOf(row)}`)!}>{refOf(row)}</a>,
      text: refOf,
    },
    { key: "role", title: "role", width: 80, cell: (row) => <State is={row.role} />, text: (row) => row.role },
    { key: "share", title: "traffic", width: 110, cell: (row) => <Share of={row} />, text: (row) => row.share ?? 0 },
    {
      key: "requests",
      title: "requests",
      numeric: true,
      width: 75,
      cell: (row) => num(row.traffic?.requests ?? 0),
      text: (row) => row.traffic?.requests ?? 0,
    },
    {
      key: "errors",
      title: "errors",
      numeric: true,
      width: 60,
      cell: (row) => (row.traffic?.errors ? <span class="bad">✕ {num(row.traffic.errors)}</span> : 0),
      text: (row) => row.traffic?.errors ?? 0,
    },
    {
      key: "p99",
      title: "p99",
      numeric: true,
      width: 85,
      cell: (row) => within(quantile(row.traffic?.latency, 0.99)),
      text: (row) => quantile(row.traffic?.latency, 0.99),
    },
    {
      key: "differ",
      title: "differs",
      numeric: true,
      width: 65,
      hint: "answers of a shadow that differ from those of the live revision",
      cell: (row) => num(row.traffic?.disagreements ?? 0),
      text: (row) => row.traffic?.disagreements ?? 0,
    },
    { key: "since", title: "made", width: 80, cell: (row) => <Time at={row.created_at} />, text: (row) => row.created_at },
    { key: "live", title: "live since", width: 80, cell: (row) => <Time at={row.live_at} />, text: (row) => row.live_at },
    {
      key: "reason",
      title: "why it ended",
      width: 230,
      cell: (row) => <span title={row.reason}>{row.reason}</span>,
      text: (row) => row.reason,
    },
    {
      key: "why",
      title: "why",
      width: 55,
      cell: (row) => (
        <a href={to("models", endpoint.model, { v: row.version, tab: "why" })} aria-label={`why ${refOf(row)} is there`}>
          why?
        </a>
      ),
    },
  ];
}

function Share({ of }: { of: Revision }) {
  if (!of.share) return <span class="soft">{of.role === "shadow" ? "sees all, answers none" : "none"}</span>;
  return (
    <span class="traffic">
      <span class="traffic-bar" aria-hidden="true">
        <i class={of.role} style={{ width: `${of.share * 100}%` }} />
      </span>
      <span class="traffic-words">{percent(of.share)}</span>
    </span>
  );
}
