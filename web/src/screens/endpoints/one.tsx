// One endpoint: how it fares, what answers, what is on its way, and the way back.
import { useAsk } from "../../api/ask";
import { Act } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Copy } from "../../parts/copy";
import { Why } from "../../parts/lineage";
import { Page, Panel, Tabs } from "../../parts/page";
import { Raw } from "../../parts/raw";
import { type Endpoint, liveOf, refOf } from "../../parts/stages";
import { State } from "../../parts/state";
import { count, num, said } from "../../parts/words";
import { pathOf, to } from "../../state/paths";
import { CompareRevisions } from "./compare";
import { PastRollouts } from "./past";
import { ReleaseButton } from "./release";
import { Revisions } from "./revisions";
import { RollBack } from "./roll_back";
import { TryIt } from "./try_it";
import { UnderWay } from "./under_way";
import { Vitals } from "./vitals";

const NEWS = ["endpoint.", "rollout.", "revision."];

export function OneEndpoint({ name }: { name: string }) {
  const asked = useAsk("serving.endpoint", { endpoint: name }, { news: NEWS, concerns: (entry) => entry.subject === `endpoint:${name}` });
  const endpoint = asked.value;
  return (
    <Page
      title={name}
      lead={endpoint && <Lead of={endpoint} />}
      actions={endpoint && <Actions of={endpoint} again={asked.again} />}
      says={{ cli: `treadle endpoints show ${name}`, python: pythonLine(name) }}
    >
      <Answered of={asked}>{(one) => <Body of={one} again={asked.again} />}</Answered>
    </Page>
  );
}

function pythonLine(name: string): string {
  return [
    "from treadle.contract.serving import EndpointName, get_endpoint",
    "from treadle.sdk.client import connect",
    "",
    "with connect() as client:",
    `    print(client(get_endpoint, EndpointName(endpoint="${name}")))`,
  ].join("\n");
}

function Lead({ of }: { of: Endpoint }) {
  const live = liveOf(of);
  return (
    <>
      <State is={of.state} />
      <span>
        endpoint of <a href={to("models", of.model)}>{of.model}</a>
      </span>
      <span>{live ? <a href={pathOf(`model:${refOf(live)}`)!}>{refOf(live)} live</a> : "nothing is live"}</span>
      {of.address ? (
        <span>
          <span class="mono">{of.address}</span> <Copy text={of.address} />
        </span>
      ) : (
        <span>answers nowhere yet: treadle serve {of.name}</span>
      )}
    </>
  );
}

function Actions({ of, again }: { of: Endpoint; again: () => void }) {
  const on = of.state === "on";
  return (
    <>
      <RollBack endpoint={of} done={again} />
      <ReleaseButton endpoint={of} done={again} />
      <Act
        name="serving.switch"
        request={() => ({ endpoint: of.name, on: !on })}
        label={on ? "Switch off" : "Switch on"}
        title={on ? `Switch ${of.name} off` : `Switch ${of.name} on`}
        consequence={
          on
            ? "What is under way is answered, then its processes end: whoever calls it gets no answer until it is switched on again. Its revisions stay as they are."
            : `Its processes are started by treadle up, or treadle serve ${of.name}; the live revision answers as before.`
        }
        done={again}
      />
    </>
  );
}

function Body({ of, again }: { of: Endpoint; again: () => void }) {
  return (
    <Tabs
      tabs={[
        { name: "overview", label: "Overview", body: () => <Overview of={of} again={again} /> },
        { name: "why", label: "Why", body: () => <Why subject={`endpoint:${of.name}`} /> },
        { name: "compare", label: "Compare", body: () => <CompareRevisions endpoint={of} /> },
        {
          name: "raw",
          label: "Raw",
          body: () => <Raw value={of} cli={`treadle endpoints show ${of.name}`} python={pythonLine(of.name)} />,
        },
      ]}
    />
  );
}

function Overview({ of, again }: { of: Endpoint; again: () => void }) {
  return (
    <div class="stack">
      <Vitals endpoint={of} />
      {of.rollout && <UnderWay endpoint={of} rollout={of.rollout} again={again} />}
      <Revisions endpoint={of} />
      <TryIt endpoint={of} />
      <PastRollouts endpoint={of} />
      <Settings of={of} />
    </div>
  );
}

const WORDS: Record<string, string> = {
  host: "listens at",
  port: "port",
  workers: "workers",
  record: "share of predictions recorded",
  time_limit: "seconds an answer may take",
  most_rows: "rows of one request, at most",
  most_body: "bytes of one request, at most",
  most_waiting: "requests that may wait",
  batch_rows: "rows answered together",
  drain: "seconds to drain",
  sticky: "a key keeps its revision",
  onnx: "answers from ONNX where it can",
  consent: "may load formats that execute code",
  memory: "bytes a model's process may take",
  tokens: "callers need a token",
};

function Settings({ of }: { of: Endpoint }) {
  const changed = Object.entries(of.settings);
  return (
    <Panel title="Settings" note={`${num(of.predictions ?? 0)} predictions and ${count(of.labels ?? 0, "label")} on record`}>
      {changed.length ? (
        <dl class="facts">
          {changed.map(([name, value]) => [<dt key={name}>{WORDS[name] ?? name}</dt>, <dd key={`${name} value`}>{said(value)}</dd>])}
        </dl>
      ) : (
        <p class="soft">
          Every setting has its default. To change one:{" "}
          <code>
            treadle endpoints declare {of.name} --model {of.model} -s workers=2
          </code>
        </p>
      )}
    </Panel>
  );
}
