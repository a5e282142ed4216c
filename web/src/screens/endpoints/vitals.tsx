// Rate, errors, latency, saturation from left to right, over a chosen time.
import { useAsk } from "../../api/ask";
import { type Mark, Spark } from "../../charts/spark";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { type Endpoint, percent, refOf } from "../../parts/stages";
import { count, moment, num } from "../../parts/words";
import { useParam } from "../../state/url";
import { within } from "./latency";
import { type EndpointSeries, vitalsOf } from "./series";

const SPANS = [
  ["60", "last hour"],
  ["180", "last 3 hours"],
  ["1440", "last day"],
  ["10080", "last week"],
  ["43200", "last month"],
] as const;

export function Vitals({ endpoint }: { endpoint: Endpoint }) {
  const [minutes, choose] = useParam("minutes", "180");
  const asked = useAsk(
    "serving.series",
    { endpoint: endpoint.name, minutes: Number(minutes) || 180, buckets: 60 },
    { keep: true, news: ["rollout.", "revision."] },
  );
  return (
    <Panel
      title="How it fares"
      note={<Totals of={endpoint} />}
      actions={<Choice label="over the" value={minutes} options={SPANS} choose={(value) => choose(value)} />}
    >
      <Answered of={asked}>{(series) => <Charts endpoint={endpoint} series={series} />}</Answered>
    </Panel>
  );
}

function Totals({ of }: { of: Endpoint }) {
  const sum = (name: "requests" | "errors" | "invalid" | "refused" | "crashes") =>
    (of.traffic ?? []).reduce((all, one) => all + (one[name] ?? 0), 0);
  return (
    <>
      in all {count(sum("requests"), "request")}, {count(sum("errors"), "failed", "failed")}, {num(sum("invalid"))} refused as wrong,{" "}
      {num(sum("refused"))} as too much, {count(sum("crashes"), "crash", "crashes")}
    </>
  );
}

function Charts({ endpoint, series }: { endpoint: Endpoint; series: EndpointSeries }) {
  const vital = vitalsOf(series);
  if (!vital.asked)
    return (
      <p class="soft">
        Nothing was asked in this time.{" "}
        {endpoint.address ? "Try it below, or choose a longer time." : `It listens nowhere: treadle serve ${endpoint.name}`}
      </p>
    );
  const last = series.start + series.buckets * series.seconds;
  const marks = releases(endpoint).filter((mark) => mark.at >= series.start && mark.at <= last);
  const when = (at: number) => (last - series.start > 86_400 ? moment(at).slice(5, 16) : moment(at).slice(11, 16));
  const common = { at: vital.at, when, marks, span: [series.start, last] as const };
  return (
    <>
      <div class="vitals">
        <Spark title="rate, requests a second" series={vital.rate} format={num} {...common} />
        <Spark title="errors, share of requests" series={vital.errors} format={percent} {...common} />
        <Spark title="latency" series={vital.latency} format={(value) => within(value).replace("≤ ", "")} {...common} />
        <Spark title="saturation, refused as too much" series={vital.refused} format={percent} {...common} />
      </div>
      {marks.length > 0 && <p class="soft">● a version became live, ↩ one was taken back</p>}
    </>
  );
}

function releases(endpoint: Endpoint): Mark[] {
  return (endpoint.revisions ?? []).flatMap((one) => [
    ...(one.live_at ? [{ at: one.live_at, sign: "●", words: `${refOf(one)} became live` }] : []),
    ...(one.role === "failed" && one.ended_at
      ? [{ at: one.ended_at, sign: "↩", words: `${refOf(one)} was taken back: ${one.reason ?? ""}` }]
      : []),
  ]);
}
