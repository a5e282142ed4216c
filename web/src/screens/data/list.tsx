// All datasets, and beside them the single files that runs gave.
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { Page, Tabs } from "../../parts/page";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { size } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { Given } from "./given";

type Dataset = Answer<"data.list">[number];
export const NEWS = ["dataset."];

export function Data() {
  const [tab] = useParam("list", "datasets");
  return (
    <Page
      title="Data"
      lead="what is in it, what changed, who uses it"
      says={tab === "files" ? { cli: "treadle data files" } : { cli: "treadle data", python: LISTED }}
    >
      <Tabs
        param="list"
        tabs={[
          { name: "datasets", label: "Datasets", body: () => <Datasets /> },
          { name: "files", label: "Files that runs gave", body: () => <Given /> },
        ]}
      />
    </Page>
  );
}

function Datasets() {
  const [prefix, setPrefix] = useParam("q");
  const datasets = useAsk("data.list", { prefix }, { news: NEWS, keep: true });
  return (
    <div class="stack">
      <div class="row">
        <input
          type="search"
          aria-label="names that begin with"
          placeholder="name begins with"
          value={prefix}
          onInput={(event) => setPrefix(event.currentTarget.value)}
        />
      </div>
      <Answered of={datasets}>
        {(known) =>
          known.length ? (
            <Table label="datasets" rows={known} columns={COLUMNS} keyOf={(one) => one.name} open={(one) => to("data", one.name)} main />
          ) : prefix ? (
            <Empty title={`No dataset's name begins with ${prefix}`} lines={["treadle data"]} />
          ) : (
            <Empty title="No datasets yet" lines={["treadle data add FOLDER --as NAME -m 'the first'"]}>
              A dataset is a named line of versions of a file or folder: only what changed is stored, and nothing is overwritten.
            </Empty>
          )
        }
      </Answered>
    </div>
  );
}

const COLUMNS: readonly Column<Dataset>[] = [
  {
    key: "name",
    title: "dataset",
    width: 190,
    cell: (one) => <a href={to("data", one.name)}>{one.name}</a>,
    text: (one) => one.name,
  },
  {
    key: "latest",
    title: "latest",
    width: 70,
    cell: (one) =>
      one.latest ? (
        <a class="mono" href={to("data", one.name, { v: one.latest.number })}>
          v{one.latest.number}
        </a>
      ) : (
        <span class="soft">none</span>
      ),
    text: (one) => one.latest?.number,
  },
  { key: "versions", title: "versions", numeric: true, width: 80, cell: (one) => one.versions, text: (one) => one.versions },
  {
    key: "rows",
    title: "rows",
    numeric: true,
    width: 100,
    cell: (one) => one.latest?.rows?.toLocaleString("en-US") ?? "—",
    text: (one) => one.latest?.rows,
  },
  {
    key: "columns",
    title: "columns",
    numeric: true,
    width: 80,
    cell: (one) => (one.latest?.columns ? Object.keys(one.latest.columns).length : "—"),
    text: (one) => (one.latest?.columns ? Object.keys(one.latest.columns).length : null),
  },
  { key: "files", title: "files", numeric: true, width: 70, cell: (one) => one.latest?.files ?? "—", text: (one) => one.latest?.files },
  { key: "size", title: "size", numeric: true, width: 90, cell: (one) => size(one.latest?.size), text: (one) => one.latest?.size },
  {
    key: "names",
    title: "label and aliases",
    width: 180,
    cell: (one) => (
      <>
        {one.latest?.label && <span class="chip flag">{one.latest.label}</span>}
        {Object.entries(one.aliases ?? {}).map(([alias, number]) => (
          <a key={alias} class="chip flag" href={to("data", one.name, { v: number })}>
            {alias} v{number}
          </a>
        ))}
      </>
    ),
    text: (one) =>
      Object.entries(one.aliases ?? {})
        .map(([alias, number]) => `${alias} v${number}`)
        .join(" "),
  },
  {
    key: "changed",
    title: "changed",
    width: 110,
    cell: (one) => <Time at={one.latest?.created_at ?? one.created_at} />,
    text: (one) => one.latest?.created_at,
  },
  { key: "message", title: "message", cell: (one) => <span class="soft">{one.latest?.message}</span>, text: (one) => one.latest?.message },
];

const LISTED = `import treadle
from treadle.contract.data import ListDatasets, list_datasets

with treadle.connect() as client:
    client(list_datasets, ListDatasets())`;
