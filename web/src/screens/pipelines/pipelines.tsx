// Pipelines: did it run, where did it stop, when next?
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { Page, Panel } from "../../parts/page";
import { State, stateOf } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { to, toRun } from "../../state/paths";
import { FIRING_NEWS, nextOf, type Trigger } from "./declaring";
import { One } from "./one";
import { Ribbon } from "./ribbon";
import { Triggers } from "./triggers";
import "./pipelines.css";

type Pipeline = Schema<"Pipeline">;

export default function Screen({ name }: { name?: string }) {
  return name ? <One key={name} name={name} /> : <Pipelines />;
}

function Pipelines() {
  const pipelines = useAsk("runs.pipelines", {}, { news: ["run."] });
  const triggers = useAsk("triggers.list", {}, { news: FIRING_NEWS });
  return (
    <Page
      title="Pipelines"
      says={{ cli: "treadle runs 'kind = pipeline'\ntreadle triggers", python: "client(list_pipelines, ListPipelines())" }}
    >
      <div class="stack">
        <Answered of={pipelines}>
          {(list) =>
            list.length ? (
              <Table
                label="pipelines"
                rows={list}
                columns={columns(triggers.value ?? [])}
                keyOf={(one) => one.name}
                open={(one) => to("pipelines", one.name)}
                main
              />
            ) : (
              <Empty title="No pipeline has run yet" lines={["treadle run pipeline.py::nightly"]}>
                A pipeline is a Python function that calls steps; its first run brings it here.
              </Empty>
            )
          }
        </Answered>
        <Panel title="What happens by itself" note="triggers: when this news, do that, once per cause">
          <Triggers asked={triggers} />
        </Panel>
      </div>
    </Page>
  );
}

function columns(triggers: readonly Trigger[]): Column<Pipeline>[] {
  const next = (one: Pipeline) => nextOf(triggers, one.name);
  const last = (one: Pipeline) => one.last[0];
  return [
    { key: "name", title: "pipeline", cell: (one) => <a href={to("pipelines", one.name)}>{one.name}</a>, text: (one) => one.name },
    { key: "ribbon", title: "last runs, newest on the right", width: 280, cell: (one) => <Ribbon runs={one.last} /> },
    {
      key: "state",
      title: "last",
      width: 110,
      cell: (one) => last(one) && <State is={stateOf(last(one)!)} />,
      text: (one) => last(one) && stateOf(last(one)!),
    },
    {
      key: "run",
      title: "run",
      width: 170,
      cell: (one) => last(one) && <a class="mono" href={toRun(last(one)!.id)}>{`${last(one)!.id} ${last(one)!.name}`}</a>,
      text: (one) => last(one)?.id,
    },
    { key: "when", title: "when", width: 110, cell: (one) => <Time at={last(one)?.queued_at} />, text: (one) => last(one)?.queued_at },
    {
      key: "next",
      title: "next",
      width: 110,
      cell: (one) => <Time at={next(one)} />,
      text: (one) => next(one),
    },
    {
      key: "runs",
      title: "runs",
      width: 70,
      numeric: true,
      cell: (one) => <a href={to("runs", undefined, { q: `step = '${one.name}'` })}>{one.runs}</a>,
      text: (one) => one.runs,
    },
  ];
}
