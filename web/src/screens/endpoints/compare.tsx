// Revision against revision: traffic, errors, latencies, and what their versions' checks found.

import { useAsk } from "../../api/ask";
import { Pair } from "../../charts/pair";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { Choice } from "../../parts/popup";
import { type Endpoint, liveOf, percent, type Revision, refOf } from "../../parts/stages";
import { count, num } from "../../parts/words";
import { useParam } from "../../state/url";
import { quantile, side, within } from "./latency";

export function CompareRevisions({ endpoint }: { endpoint: Endpoint }) {
  const all = [...(endpoint.revisions ?? [])].reverse();
  const live = liveOf(endpoint);
  const [a, chooseA] = useParam("a", String(live?.number ?? all[0]?.number ?? ""));
  const other = all.find((one) => String(one.number) !== a);
  const [b, chooseB] = useParam("b", String(other?.number ?? ""));
  const [one, two] = [a, b].map((number) => all.find((revision) => String(revision.number) === number));
  if (all.length < 2 || !one || !two)
    return (
      <Panel title="Compare revisions">
        <p class="soft">
          There is only one revision. Another release makes a second one:{" "}
          <code>
            treadle endpoints release {endpoint.name} {endpoint.model}@v2
          </code>
        </p>
      </Panel>
    );
  const options = all.map(
    (revision) => [String(revision.number), `revision ${revision.number}, ${refOf(revision)}, ${revision.role}`] as const,
  );
  return (
    <div class="stack">
      <div class="row">
        <Choice label="compare" value={a} options={options} choose={(value) => chooseA(value)} />
        <Choice label="with" value={b} options={options} choose={(value) => chooseB(value)} />
      </div>
      <div class="grid">
        <Counts endpoint={endpoint} one={one} two={two} />
        <Latencies endpoint={endpoint} one={one} two={two} />
        <Metrics one={one} two={two} />
      </div>
    </div>
  );
}

type Two = { endpoint: Endpoint; one: Revision; two: Revision };
const trafficOf = (endpoint: Endpoint, revision: Revision) => endpoint.traffic?.find((one) => one.revision === revision.number);
const shareOf = (part = 0, whole = 0) => (whole ? `${num(part)} (${percent(part / whole)})` : num(part));

function Counts({ endpoint, one, two }: Two) {
  const [a, b] = [trafficOf(endpoint, one), trafficOf(endpoint, two)];
  const rows: [string, string, string][] = [
    ["requests", num(a?.requests ?? 0), num(b?.requests ?? 0)],
    ["rows", num(a?.rows ?? 0), num(b?.rows ?? 0)],
    ["failed", shareOf(a?.errors, a?.requests), shareOf(b?.errors, b?.requests)],
    ["refused as wrong", shareOf(a?.invalid, a?.requests), shareOf(b?.invalid, b?.requests)],
    ["refused as too much", shareOf(a?.refused, a?.requests), shareOf(b?.refused, b?.requests)],
    ["crashes", num(a?.crashes ?? 0), num(b?.crashes ?? 0)],
    ["p50", within(quantile(a?.latency, 0.5)), within(quantile(b?.latency, 0.5))],
    ["p99", within(quantile(a?.latency, 0.99)), within(quantile(b?.latency, 0.99))],
    ["answers that differed as a shadow", num(a?.disagreements ?? 0), num(b?.disagreements ?? 0)],
  ];
  return (
    <Panel title="Traffic" note="of all their time">
      <Sides label="traffic of both" heads={[`revision ${one.number}`, `revision ${two.number}`]} rows={rows} />
    </Panel>
  );
}

function Latencies({ endpoint, one, two }: Two) {
  const [a, b] = [trafficOf(endpoint, one)?.latency, trafficOf(endpoint, two)?.latency];
  const rows = side(a, b);
  return (
    <Panel title="Latencies" note="share of the requests in each bucket">
      {rows.length ? (
        <Pair a={`revision ${one.number}`} b={`revision ${two.number}`} rows={rows} format={percent} />
      ) : (
        <p class="soft">Neither has answered anything yet.</p>
      )}
    </Panel>
  );
}

function Metrics({ one, two }: { one: Revision; two: Revision }) {
  const a = useAsk("registry.version", { ref: refOf(one) });
  const b = useAsk("registry.version", { ref: refOf(two) });
  return (
    <Panel title="Their versions" note="as their checks found them on their own holdouts">
      <Answered of={a}>
        {(left) => (
          <Answered of={b}>
            {(right) => {
              const names = [...new Set([...Object.keys(left.metrics ?? {}), ...Object.keys(right.metrics ?? {})])].sort();
              const show = (value: number | undefined) => (value === undefined ? "—" : num(value));
              const rows = names.map((name): [string, string, string] => [name, show(left.metrics?.[name]), show(right.metrics?.[name])]);
              const gates = (version: typeof left) =>
                `${(version.gates ?? []).filter((gate) => gate.state === "passed").length} of ${count((version.gates ?? []).length, "gate")} passed`;
              return (
                <Sides
                  label="versions of both"
                  heads={[refOf(one), refOf(two)]}
                  rows={[["stage", left.stage, right.stage], ["gates", gates(left), gates(right)], ...rows]}
                />
              );
            }}
          </Answered>
        )}
      </Answered>
    </Panel>
  );
}

/** Two columns of values with what differs in bold. */
type SidesProps = { label: string; heads: readonly [string, string]; rows: readonly (readonly [string, string, string])[] };

function Sides({ label, heads, rows }: SidesProps) {
  return (
    <Plain label={label}>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">what</span>
          </th>
          <th scope="col" class="n">
            {heads[0]}
          </th>
          <th scope="col" class="n">
            {heads[1]}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, a, b]) => (
          <tr key={name}>
            <td>{name}</td>
            <td class="n">{a}</td>
            <td class="n">{a === b ? b : <b>{b}</b>}</td>
          </tr>
        ))}
      </tbody>
    </Plain>
  );
}
