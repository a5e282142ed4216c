// One pipeline: its runs, the graph and the times of one of them, and what starts it.
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
import { useList, useParam } from "../../state/url";
import { FIRING_NEWS, nextOf, of } from "./declaring";
import { Drawing } from "./drawing";
import { boxesOf, type Graph, type Node, tookOf } from "./folds";
import { Ribbon } from "./ribbon";
import { TimeBars } from "./times";
import { Triggers } from "./triggers";

const SHOWN = 100;

export function One({ name }: { name: string }) {
  const pipelines = useAsk("runs.pipelines", { show: SHOWN }, { news: ["run."] });
  const triggers = useAsk("triggers.list", {}, { news: FIRING_NEWS });
  const [asked] = useParam("run");
  const pipeline = pipelines.value?.find((one) => one.name === name);
  const runs = pipeline?.last ?? [];
  const last = runs[0];
  const shown = asked || String(last?.id ?? "");
  const next = nextOf(triggers.value ?? [], name);
  const says = { cli: `treadle runs "step = '${name}'"`, python: "client(list_pipelines, ListPipelines())" };
  return (
    <Page
      title={name}
      says={says}
      lead={
        <>
          {last && <State is={stateOf(last)} />}
          {next !== undefined && (
            <span>
              next <Time at={next} />
            </span>
          )}
        </>
      }
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
          shown ? (
            <Tabs
              tabs={[
                { name: "overview", label: "Overview", body: () => <Overview name={name} runs={runs} chosen={shown} /> },
                {
                  name: "triggers",
                  label: "Schedule and triggers",
                  body: () => <Triggers asked={triggers} only={(one) => of(one) === name} pipeline={name} />,
                },
                { name: "why", label: "Why", body: () => <StoryOf subject={`run:${shown}`} /> },
                { name: "compare", label: "Compare", body: () => <Earlier runs={runs} /> },
                { name: "raw", label: "Raw", body: () => <Raw value={pipeline ?? {}} {...says} /> },
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

/** The run that is shown need not be among the last ones: it may be older, or a part of another pipeline's run. */
function Overview({ name, runs, chosen }: { name: string; runs: readonly Node[]; chosen: string }) {
  const [, choose] = useParam("run");
  const graph = useAsk("runs.graph", { run: chosen }, { news: ["run."], keep: true });
  const run = runs.find((one) => String(one.id) === chosen) ?? graph.value?.run;
  const offered = run && !runs.includes(run) ? [run, ...runs] : runs;
  return (
    <div class="stack">
      <Panel title="Runs" note="as high as they took long, the newest on the right">
        <Ribbon runs={runs} />
        {run && (
          <p class="row">
            <Choice
              label="shown beneath"
              value={String(run.id)}
              options={offered.map((one) => [String(one.id), `${one.id} ${one.name}, ${stateOf(one)}`])}
              choose={(id) => choose(id, true)}
            />
            <a href={toRun(run.id)}>open run {run.id}</a>
            <span class="soft">
              <Time at={run.queued_at} />, {took(tookOf(run, Date.now() / 1000))}
            </span>
          </p>
        )}
      </Panel>
      <Answered of={graph} rows={8}>
        {(told) => <Steps graph={told} />}
      </Answered>
      <Comments subject={`pipeline:${name}`} />
    </div>
  );
}

/** Graph and times unfold the same steps, and the address names them. */
function Steps({ graph }: { graph: Graph }) {
  const [steps, setSteps] = useList("unfolded");
  const unfolded = new Set(steps);
  const nodes = graph.nodes ?? [];
  const toggle = (step: string) => setSteps(unfolded.has(step) ? steps.filter((one) => one !== step) : [...steps, step]);
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
      <Drawing graph={graph} boxes={boxes} folding={{ unfolded, toggle, foldAll: () => setSteps([]) }} />
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
