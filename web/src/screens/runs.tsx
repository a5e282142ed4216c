// Runs: which run is best, and why? The list first; charts only for what is ticked.
import { useAsk } from "../api/ask";
import type { Answer } from "../api/client";
import { Answered, Empty } from "../parts/answer";
import { Page } from "../parts/page";
import { State, stateOf } from "../parts/state";
import { type Column, Table } from "../parts/table";
import { Time } from "../parts/time";
import { took } from "../parts/words";
import { toRun } from "../state/paths";
import { useParam } from "../state/url";

type Run = Answer<"runs.get">;

const COLUMNS: readonly Column<Run>[] = [
  {
    key: "run",
    title: "run",
    width: 190,
    cell: (run) => <a class="mono" href={toRun(run.id)}>{`${run.id} ${run.name}`}</a>,
    text: (run) => run.id,
    sort: "id",
  },
  { key: "step", title: "step", cell: (run) => run.step, text: (run) => run.step, sort: "step" },
  { key: "state", title: "state", width: 100, cell: (run) => <State is={stateOf(run)} />, text: stateOf, sort: "state" },
  { key: "took", title: "took", width: 100, numeric: true, cell: (run) => took(duration(run)), text: duration, sort: "duration" },
  {
    key: "started",
    title: "started",
    width: 120,
    cell: (run) => <Time at={run.started_at} />,
    text: (run) => run.started_at,
    sort: "started",
  },
];

export default function Runs() {
  const [query] = useParam("q");
  const [sort, setSort] = useParam("sort", "-id");
  const page = useAsk("runs.list", { query, sort, limit: 100 }, { news: ["run."], keep: true });
  return (
    <Page title="Runs" says={{ cli: `treadle runs ${query ? `'${query}'` : ""}` }}>
      <Answered of={page}>
        {({ runs }) =>
          runs.length ? (
            <Table
              label="runs"
              rows={runs}
              columns={COLUMNS}
              keyOf={(run) => run.id}
              open={(run) => toRun(run.id)}
              sort={sort}
              onSort={(by) => setSort(by)}
              main
              file="runs"
            />
          ) : (
            <Empty title="No run matches" lines={["treadle run pipeline.py::train"]} />
          )
        }
      </Answered>
    </Page>
  );
}

function duration(run: Run): number | null {
  return run.started_at && run.ended_at ? run.ended_at - run.started_at : null;
}
