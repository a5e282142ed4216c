// Runs: which run is best, and why? The list first; charts only for what is ticked.
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { problemOf, useAsk } from "../../api/ask";
import { call, type Schema } from "../../api/client";
import { directionOf } from "../../charts/direction";
import { Sign } from "../../charts/slots";
import { Empty, Waiting } from "../../parts/answer";
import { Page } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { ProblemBox } from "../../parts/problem";
import { Table } from "../../parts/table";
import { useKeys } from "../../state/keys";
import { to, toRun } from "../../state/paths";
import { useList, useParam, useQuery } from "../../state/url";
import { Actions, MOST_COMPARED } from "./actions";
import type { ChartsProps } from "./charts";
import { Chooser } from "./chooser";
import { columnsOf } from "./columns";
import type { Drawn } from "./curves_panel";
import { Groups, valueNamed } from "./groups";
import { both, having, read, usual, written } from "./keys";
import { NewRun } from "./new_run";
import { type Paged, useRuns } from "./paging";
import { QueryLine } from "./query";
import { slots, toggled } from "./selection";
import { Views } from "./views";
import "./runs.css";

type Names = Schema<"KnownNames">;
const NO_NAMES: Names = {};

export default function Runs() {
  const [query, setQuery] = useParam("q");
  const [sort, setSort] = useParam("sort", "-id");
  const [children, setChildren] = useParam("children");
  const [group] = useParam("group");
  const { change } = useQuery();
  const [ticked, setTicked] = useList("ticked");
  const names = useAsk("tracking.metrics", {}).value ?? NO_NAMES;
  const own = usual(names.metrics ?? [], names.parameters ?? []);
  const [columns, setColumns] = useList("columns", own);
  const shown = columns.length ? columns : own;
  const paged = useRuns({ query, sort, columns: shown, children: children === "all" });
  const places = slots(ticked);
  const choose = (keys: readonly string[]) => setColumns(keys.length ? keys : own);
  const tick = (one: string) => setTicked(toggled(ticked, one));
  const gather = (by: string) => change({ group: by, ticked: null, gsort: null }, true); // ticks stand for runs, or for groups
  const all = children === "all";
  return (
    <Page
      title="Runs"
      lead={<Matching paged={paged} />}
      actions={
        <>
          <Views />
          <Chooser chosen={shown} names={names} choose={choose} />
          <GroupChoice {...{ group, names }} choose={gather} />
          <NewRun like={places.size === 1 && !group ? Number([...places.keys()][0]) : undefined} />
        </>
      }
      says={says(query, sort, all, shown, group)}
    >
      <div class="stack">
        <div class="query-row">
          <QueryLine query={query} problem={paged.problem} names={names} choose={(now) => setQuery(now, true)} />
          <label class="choice" title="also the steps that pipelines started">
            <input type="checkbox" checked={all} onChange={() => setChildren(all ? "" : "all")} /> steps of pipelines, too
          </label>
        </div>
        {group ? (
          <>
            <TickedGroups by={group} {...{ query, all, places, names, shown }} search={setQuery} />
            <Groups by={group} columns={shown} ticked={places} tick={tick} {...{ query }} children={all} />
          </>
        ) : (
          <>
            {places.size > 0 && (
              <TickedRuns
                {...{ query, all, places, names, shown, tick }}
                clear={() => setTicked([])}
                search={setQuery}
                again={paged.again}
              />
            )}
            <List {...{ paged, shown, sort, setSort, places, tick }} />
          </>
        )}
      </div>
    </Page>
  );
}

function Matching({ paged }: { paged: Paged }) {
  if (paged.total === undefined) return null;
  return (
    <span role="status">
      {paged.exact ? "" : "at least "}
      {paged.total.toLocaleString("en-US")} match · {Math.round(paged.took)} ms
    </span>
  );
}

function GroupChoice({ group, names, choose }: { group: string; names: Names; choose: (by: string) => void }) {
  const named = (area: "params" | "tags" | "inputs", list: readonly string[] = []) => list.map((name) => written({ area, name, part: "" }));
  const keys = [
    "step",
    "state",
    "actor",
    "experiment",
    ...named("tags", names.tags),
    ...named("params", names.parameters),
    ...named("inputs", names.inputs),
  ];
  return (
    <Choice
      label="Group"
      value={group}
      options={[["", "none"], ...[...new Set([...keys, ...(group ? [group] : [])])].map((key) => [key, key] as const)]}
      choose={choose}
    />
  );
}

type ListProps = {
  paged: Paged;
  shown: readonly string[];
  sort: string;
  setSort: (sort: string) => void;
  places: ReadonlyMap<string, number>;
  tick: (run: string) => void;
};

function List({ paged, shown, sort, setSort, places, tick }: ListProps) {
  if (paged.problem && !paged.problem.span) return <ProblemBox problem={paged.problem} again={paged.again} />;
  if (!paged.runs.length) {
    if (paged.loading) return <Waiting rows={8} />;
    return <Empty title="No run matches" lines={["treadle run pipeline.py::train"]} />;
  }
  return (
    <div class={paged.problem ? "stale" : ""}>
      <Table
        label="runs"
        rows={paged.runs}
        columns={columnsOf(shown, paged.runs)}
        keyOf={(run) => run.id}
        open={(run) => toRun(run.id)}
        sort={sort}
        onSort={setSort}
        ticked={new Set([...places.keys()].map(Number))}
        onTick={(run) => tick(String(run.id))}
        sign={(run) => <Sign slot={places.get(String(run.id)) ?? 0} />}
        more={paged.more}
        total={paged.total}
        height="max(320px, calc(100vh - 150px))"
        main
        file="runs"
      />
    </div>
  );
}

type TickedProps = {
  query: string;
  all: boolean;
  places: ReadonlyMap<string, number>;
  names: Names;
  shown: readonly string[];
  search: (query: string) => void;
};

function useMetric(names: Names, shown: readonly string[]): [string, (name: string) => void] {
  const first = shown.map(read).find((key) => key.area === "metrics")?.name;
  const known = names.metrics ?? [];
  return useParam("metric", first ?? known.find((name) => directionOf(name)) ?? known[0] ?? "");
}

function TickedRuns({
  query,
  all,
  places,
  names,
  shown,
  tick,
  clear,
  search,
  again,
}: TickedProps & { tick: (run: string) => void; clear: () => void; again: () => void }) {
  const { route } = useLocation();
  const ids = [...places.keys()];
  const asked = useAsk(
    "runs.list",
    { query: `id in (${ids.join(", ")})`, children: true, limit: 200, columns: ["state"] },
    { news: ["run."], keep: true },
  );
  const runs = [...(asked.value?.runs ?? [])]
    .filter((run) => places.has(String(run.id)))
    .sort((a, b) => places.get(String(a.id))! - places.get(String(b.id))!);
  const [metric, setMetric] = useMetric(names, shown);
  useKeys({ c: () => (runs.length > 1 ? route(to("compare", undefined, { runs: ids.slice(0, MOST_COMPARED).join(",") })) : false) });
  const drawn = runs.map(
    (run): Drawn => ({ key: String(run.id), name: `${run.id} ${run.name}`, slot: places.get(String(run.id))!, runs: [run.id] }),
  );
  return (
    <>
      <Actions
        runs={runs}
        clear={clear}
        done={() => {
          again();
          asked.again();
        }}
      />
      <Charts
        {...{ drawn, metric, setMetric, names, query, all, search, tick, places }}
        live={runs.some((run) => run.state === "running")}
      />
    </>
  );
}

const MOST_MEMBERS = 50; // runs of a group whose curves are drawn as one

function TickedGroups({ by, query, all, places, names, shown, search }: TickedProps & { by: string }) {
  const [metric, setMetric] = useMetric(names, shown);
  const members = useMembers(by, query, all, [...places.keys()]);
  const drawn = [...places].map(([name, slot]): Drawn => ({ key: name, name, slot, runs: members[name] ?? [] }));
  if (!places.size) return null;
  const marked = new Map(drawn.flatMap((one) => one.runs.map((run) => [String(run), one.slot] as const)));
  return <Charts {...{ drawn, metric, setMetric, names, query, all, search }} places={marked} tick={() => undefined} live={false} />;
}

/** Charts are loaded when something is ticked for the first time. */
function Charts(props: ChartsProps) {
  const [loaded, setLoaded] = useState<typeof import("./charts")>();
  useEffect(() => {
    import("./charts").then(setLoaded);
  }, []);
  return loaded ? <loaded.Charts {...props} /> : <Waiting rows={6} />;
}

/** The newest runs of each ticked group. */
function useMembers(by: string, query: string, children: boolean, groups: readonly string[]): Record<string, number[]> {
  const [members, setMembers] = useState<Record<string, number[]>>({});
  const key = JSON.stringify([by, query, children, groups]);
  useEffect(() => {
    const stop = new AbortController();
    const asked = groups.map(async (name) => {
      const found = await call(
        "runs.list",
        { query: both(query, having(by, valueNamed(name))), children, limit: MOST_MEMBERS, columns: [] },
        { signal: stop.signal },
      );
      return [name, found.runs.map((run) => run.id)] as const;
    });
    Promise.all(asked).then(
      (told) => setMembers(Object.fromEntries(told)),
      (error: unknown) => !stop.signal.aborted && console.warn(problemOf(error).title),
    );
    return () => stop.abort();
  }, [key]);
  return members;
}

/** The same on the command line and in Python. */
function says(query: string, sort: string, children: boolean, columns: readonly string[], group: string): { cli: string; python: string } {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const metrics = columns.filter((key) => read(key).area === "metrics" && !read(key).part);
  const cli = [
    "treadle runs",
    query && quoted(query),
    children && "--all",
    ...(group
      ? [`--group-by ${group}`, metrics.length ? `--columns ${metrics.join(",")}` : ""]
      : [sort !== "-id" && `--sort ${sort}`, `--columns ${quoted(["id", ...columns].join(","))}`]),
  ];
  const told = [query && JSON.stringify(query), sort !== "-id" && `sort=${JSON.stringify(sort)}`, children && "children=True"]
    .filter(Boolean)
    .join(", ");
  return { cli: cli.filter(Boolean).join(" "), python: `treadle.runs(${told})` };
}
