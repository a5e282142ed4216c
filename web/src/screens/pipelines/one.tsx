// One pipeline: its runs, the graph and the times of one of them, and what starts it.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Comments } from "../../parts/comments";
import { Page, Panel, Tabs } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { Raw } from "../../parts/raw";
import { State, stateOf } from "../../parts/state";
import { StoryOf } from "../../parts/story";
import { Time } from "../../parts/time";
import { count, took } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import { Drawing } from "./drawing";
import { boxesOf, type Graph, type Node, tookOf } from "./folds";
import { Ribbon } from "./ribbon";
import { TimeBars } from "./times";
import { of, Triggers } from "./triggers";

const SHOWN = 100;

export function One({ name }: { name: string }) {
  const pipelines = useAsk("runs.pipelines", { show: SHOWN }, { news: ["run."] });
  const triggers = useAsk("triggers.list", {}, { news: ["trigger."] });
  const pipeline = pipelines.value?.find((one) => one.name === name);
  const last = pipeline?.last[0];
  const says = { cli: `treadle runs "step = '${name}'"`, python: "client(list_pipelines, ListPipelines())" };
  return (
    <Page
      title={name}
      says={says}
      lead={last && <State is={stateOf(last)} />}
      actions={
        last && (
          <a class="button" href={toRun(last.id)}>
            Run it again…
          </a>
        )
      }
    >
      <Answered of={pipelines}>
        {() =>
          pipeline ? (
            <Tabs
              tabs={[
                { name: "overview", label: "Overview", body: () => <Overview name={name} runs={pipeline.last} /> },
                {
                  name: "triggers",
                  label: "Schedule and triggers",
                  body: () => <Triggers asked={triggers} only={(one) => of(one) === name} />,
                },
                { name: "why", label: "Why", body: () => <StoryOf subject={`run:${last!.id}`} /> },
                { name: "compare", label: "Compare", body: () => <Earlier runs={pipeline.last} /> },
                { name: "raw", label: "Raw", body: () => <Raw value={pipeline} {...says} /> },
              ]}
            />
          ) : (
            <Empty title={`No pipeline ${name} has run in this project`} lines={[`treadle run pipeline.py::${name}`]} />
          )
        }
      </Answered>
    </Page>
  );
}

function Overview({ name, runs }: { name: string; runs: readonly Node[] }) {
  const [chosen, choose] = useParam("run", String(runs[0]!.id));
  const run = runs.find((one) => String(one.id) === chosen) ?? runs[0]!;
  const graph = useAsk("runs.graph", { run: chosen }, { news: ["run."], keep: true });
  return (
    <div class="stack">
      <Panel title="Runs" note="as high as they took long, the newest on the right">
        <Ribbon runs={runs} />
        <p class="row">
          <Choice
            label="shown beneath"
            value={String(run.id)}
            options={runs.map((one) => [String(one.id), `${one.id} ${one.name}, ${stateOf(one)}`])}
            choose={(id) => choose(id, true)}
          />
          <a href={toRun(run.id)}>open run {run.id}</a>
          <span class="soft">
            <Time at={run.queued_at} />, {took(tookOf(run, Date.now() / 1000))}
          </span>
        </p>
      </Panel>
      <Answered of={graph} rows={8}>
        {(told) => <Steps graph={told} />}
      </Answered>
      <Comments subject={`pipeline:${name}`} />
    </div>
  );
}

/** Graph and times unfold the same steps. */
function Steps({ graph }: { graph: Graph }) {
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const nodes = graph.nodes ?? [];
  const toggle = (step: string) => {
    const next = new Set(unfolded);
    if (!next.delete(step)) next.add(step);
    setUnfolded(next);
  };
  const boxes = boxesOf(nodes, unfolded);
  if (!nodes.length) return <p class="soft">This run has started nothing (yet).</p>;
  return (
    <>
      {graph.whole === false && (
        <p class="warn">
          {count(nodes.length, "run")} of {graph.total} are shown:{" "}
          <a href={to("runs", undefined, { q: `parent = ${graph.run.id}`, children: "all" })}>all of them</a>
        </p>
      )}
      <Drawing graph={graph} boxes={boxes} toggle={toggle} unfolded={unfolded} />
      <TimeBars graph={graph} boxes={boxes} toggle={toggle} />
    </>
  );
}

function Earlier({ runs }: { runs: readonly Node[] }) {
  return (
    <ul class="plain-list">
      {runs.slice(0, -1).map((run, at) => (
        <li key={run.id}>
          <a class="said" href={to("compare", undefined, { runs: `${run.id},${runs[at + 1]!.id}`, baseline: runs[at + 1]!.id })}>
            run {runs[at + 1]!.id} → run {run.id}
          </a>{" "}
          <State is={stateOf(run)} /> <Time at={run.queued_at} />
        </li>
      ))}
      {runs.length < 2 && <p class="soft">There is one run only.</p>}
    </ul>
  );
}
