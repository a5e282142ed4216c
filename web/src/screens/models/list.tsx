// All models: which version is newest, which is trusted, and what answers where. What waits for a person comes first.
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { Page, Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { answering, type Endpoint, passed } from "./judging";
import { Alias, Answers } from "./marks";

type Model = Answer<"registry.models">[number];
export const NEWS = ["model.", "version.", "alias.", "card.", "rollout.", "revision.", "endpoint."];

export function Models() {
  const [prefix, setPrefix] = useParam("q");
  const models = useAsk("registry.models", { prefix }, { news: NEWS, keep: true });
  const endpoints = useAsk("serving.endpoints", {}, { news: NEWS });
  return (
    <Page
      title="Models"
      lead="which version is live, is the next one better, may it go"
      says={{ cli: "treadle models", python: LISTED }}
      actions={
        <input
          type="search"
          aria-label="names that begin with"
          placeholder="name begins with"
          value={prefix}
          onInput={(event) => setPrefix(event.currentTarget.value)}
        />
      }
    >
      <div class="stack">
        <Waiting />
        <Answered of={models}>
          {(known) =>
            known.length ? (
              <Table
                label="models"
                rows={known}
                columns={columns(endpoints.value ?? [])}
                keyOf={(model) => model.name}
                open={(model) => to("models", model.name)}
                main
              />
            ) : (
              <None prefix={prefix} />
            )
          }
        </Answered>
      </div>
    </Page>
  );
}

/** Versions that wait for a person's word. */
function Waiting() {
  const today = useAsk("delivery.today", {}, { news: NEWS });
  const versions = today.value?.versions ?? [];
  if (!versions.length) return null;
  return (
    <Panel title="Waiting for a person" note={`${count(versions.length, "version")} asked for a yes or no`}>
      <ul class="waits">
        {versions.map((one) => (
          <li key={one.ref}>
            <State is="waiting" />
            <a href={to("models", one.model, { v: one.version })}>
              <b>
                {one.model} v{one.version}
              </b>
            </a>
            <span class="soft">
              {(one.gates ?? []).filter((gate) => gate.state === "passed").length} of {(one.gates ?? []).length} gates passed · asked by{" "}
              {one.actor} <Time at={one.since} />
            </span>
            <a class="button" href={to("models", one.model, { v: one.version })}>
              Look and decide
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function columns(endpoints: readonly Endpoint[]): readonly Column<Model>[] {
  const live = (model: Model) => answering(endpoints, model.name).filter((one) => one.role !== "ready");
  return [
    {
      key: "model",
      title: "model",
      width: 190,
      cell: (model) => <a href={to("models", model.name)}>{model.name}</a>,
      text: (model) => model.name,
    },
    {
      key: "latest",
      title: "latest version",
      width: 170,
      cell: (model) =>
        model.latest ? (
          <>
            <a class="mono" href={to("models", model.name, { v: model.latest.number })}>
              v{model.latest.number}
            </a>{" "}
            <State is={model.latest.stage} />
          </>
        ) : (
          <span class="soft">none yet</span>
        ),
      text: (model) => model.latest && `v${model.latest.number} ${model.latest.stage}`,
    },
    {
      key: "aliases",
      title: "aliases",
      width: 200,
      cell: (model) =>
        Object.entries(model.aliases ?? {}).map(([name, number]) => <Alias key={name} {...{ name, number }} model={model.name} />),
      text: (model) =>
        Object.entries(model.aliases ?? {})
          .map(([name, number]) => `${name} v${number}`)
          .join(" "),
    },
    {
      key: "live",
      title: "answers where",
      width: 230,
      cell: (model) => live(model).map((one) => <Answers key={`${one.endpoint}${one.number}`} is={one} model={model.name} />),
      text: (model) =>
        live(model)
          .map((one) => `${one.endpoint} ${one.role} v${one.number}`)
          .join(" "),
    },
    {
      key: "gates",
      title: "gates",
      numeric: true,
      width: 70,
      hint: "gates that the latest version has passed, of all",
      cell: (model) => model.latest && <a href={to("models", model.name, { v: model.latest.number })}>{passed(model.latest) || "—"}</a>,
      text: (model) => model.latest && passed(model.latest),
    },
    { key: "versions", title: "versions", numeric: true, width: 80, cell: (model) => model.versions, text: (model) => model.versions },
    {
      key: "updated",
      title: "updated",
      width: 110,
      cell: (model) => <Time at={model.latest?.created_at ?? model.created_at} />,
      text: (model) => model.latest?.created_at ?? model.created_at,
    },
  ];
}

function None({ prefix }: { prefix: string }) {
  return prefix ? (
    <Empty title={`No model's name begins with ${prefix}`} lines={["treadle models"]} />
  ) : (
    <Empty
      title="No models yet"
      lines={[
        "# what a step gives becomes a version:",
        "from treadle import model, step",
        "",
        '@step(outputs=model("churn"))',
        "def train(): ...",
        "",
        "# or, for a run that has ended:",
        "treadle models register churn 12/result",
      ]}
    >
      A model is a named line of versions, each with its evidence: metrics, gates, and what people decided.
    </Empty>
  );
}

const LISTED = `import treadle
from treadle.contract.registry import ListModels, list_models

with treadle.connect() as client:
    client(list_models, ListModels())`;
