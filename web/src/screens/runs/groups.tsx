// Runs gathered by what they have under a key: mean and spread, best and newest of each metric; a group opens to its runs.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { bestOf, directionOf } from "../../charts/direction";
import { Sign } from "../../charts/slots";
import { Answered } from "../../parts/answer";
import { download, toCsv } from "../../parts/download";
import { State, stateOf } from "../../parts/state";
import { count, num, took } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import { valueIn } from "./columns";
import { both, having, read, titled } from "./keys";

type Group = Schema<"Group">;
type Found = Schema<"GroupMetric">;

type Props = {
  by: string;
  query: string;
  children: boolean;
  columns: readonly string[];
  ticked: ReadonlyMap<string, number>;
  tick: (value: string) => void;
};

/** A group in the address: its value, or this for runs without one. */
export const NONE = "(none)";
export const nameOf = (group: Group): string => group.value ?? NONE;
export const valueNamed = (name: string): string | null => (name === NONE ? null : name);

export function Groups({ by, query, children, columns, ticked, tick }: Props) {
  const [sort, setSort] = useParam("gsort", "-runs");
  const [limit, setLimit] = useState(100);
  const metrics = [...new Set(columns.map(read).flatMap((key) => (key.area === "metrics" ? [key.name] : [])))];
  const groups = useAsk("tracking.groups", { by, query, children, metrics, sort, limit }, { news: ["run."], keep: true });
  const [open, setOpen] = useState<readonly string[]>([]);
  return (
    <Answered of={groups}>
      {(told) => (
        <div class="table groups">
          <section class="table-scroll" tabIndex={0} aria-label={`groups by ${by}`}>
            <table>
              <colgroup>
                <col style={{ width: "60px" }} />
                <col style={{ width: "220px" }} />
                <col style={{ width: "80px" }} />
              </colgroup>
              <thead>
                <tr>
                  <th>
                    <span class="unseen">ticked</span>
                  </th>
                  <Sortable by="value" words={titled(by)} {...{ sort, setSort }} />
                  <Sortable by="runs" words="runs" {...{ sort, setSort }} numeric />
                  {metrics.map((name) => (
                    <Sortable key={name} by={metricSort(name, columns)} words={`${name}: mean ± spread`} {...{ sort, setSort }} numeric />
                  ))}
                  {metrics.flatMap((name) => [
                    <th key={`best ${name}`} class="n" scope="col">
                      {directionOf(name) === "lower" ? "lowest" : "highest"} {name}
                    </th>,
                    <th key={`last ${name}`} class="n" scope="col">
                      newest {name}
                    </th>,
                  ])}
                </tr>
              </thead>
              <tbody>
                {(told.groups ?? []).map((group) => (
                  <Row
                    key={nameOf(group)}
                    {...{ group, metrics, by, query, children, columns, tick }}
                    best={bests(told.groups ?? [], metrics)}
                    slot={ticked.get(nameOf(group))}
                    open={open.includes(nameOf(group))}
                    toggle={() =>
                      setOpen(open.includes(nameOf(group)) ? open.filter((one) => one !== nameOf(group)) : [...open, nameOf(group)])
                    }
                  />
                ))}
              </tbody>
            </table>
          </section>
          <div class="table-foot">
            <span class="soft">{count(told.total ?? 0, "group")}</span>
            <span class="gap" />
            {told.next != null && (
              <button type="button" class="quiet" onClick={() => setLimit(limit + 100)}>
                more groups
              </button>
            )}
            <button
              type="button"
              class="quiet"
              title="the groups shown here, as a file"
              onClick={() => download(`groups by ${by}.csv`, toCsv(exported(by, metrics), told.groups ?? []), "text/csv")}
            >
              CSV<span class="unseen">{` of groups by ${by}`}</span>
            </button>
          </div>
        </div>
      )}
    </Answered>
  );
}

/** What a file of groups holds: all that is told of each metric. */
function exported(by: string, metrics: readonly string[]) {
  const parts = ["runs", "mean", "spread", "lowest", "highest", "newest"] as const;
  return [
    { title: titled(by), text: nameOf },
    { title: "runs", text: (group: Group) => group.runs },
    ...metrics.flatMap((name) =>
      parts.map((part) => ({ title: `${name} ${part}`, text: (group: Group) => group.metrics?.[name]?.[part] ?? null })),
    ),
  ];
}

function metricSort(name: string, columns: readonly string[]): string {
  return (
    columns.find((key) => read(key).name === name && read(key).part === "") ??
    columns.find((key) => read(key).name === name)!.replace(/\.(lowest|highest|step|points)$/, "")
  );
}

function Sortable({
  by,
  words,
  sort,
  setSort,
  numeric = false,
}: {
  by: string;
  words: string;
  sort: string;
  setSort: (sort: string) => void;
  numeric?: boolean;
}) {
  const [up, down] = [sort === by, sort === `-${by}`];
  return (
    <th class={numeric ? "n" : ""} scope="col" aria-sort={down ? "descending" : up ? "ascending" : undefined}>
      <button type="button" onClick={() => setSort(down ? by : `-${by}`)}>
        {words} {down ? "↓" : up ? "↑" : ""}
      </button>
    </th>
  );
}

/** The best mean of each metric among the groups in sight. */
function bests(groups: readonly Group[], metrics: readonly string[]): Record<string, number> {
  const told: Record<string, number> = {};
  for (const name of metrics) {
    const direction = directionOf(name);
    const means = groups.flatMap((group) => group.metrics?.[name]?.mean ?? []);
    if (direction && means.length > 1) told[name] = bestOf(direction, means)!;
  }
  return told;
}

type RowProps = Omit<Props, "ticked"> & {
  group: Group;
  metrics: readonly string[];
  best: Record<string, number>;
  slot: number | undefined;
  open: boolean;
  toggle: () => void;
};

function Row({ group, metrics, by, query, children, columns, tick, best, slot, open, toggle }: RowProps) {
  const name = nameOf(group);
  return (
    <>
      <tr class={slot === undefined ? "" : "ticked"}>
        <td class="tick">
          <label>
            <input type="checkbox" checked={slot !== undefined} aria-label={`tick the group ${name}`} onChange={() => tick(name)} />
            {slot !== undefined && <Sign slot={slot} />}
          </label>
        </td>
        <td>
          <button type="button" class="quiet" aria-expanded={open} onClick={toggle}>
            <span aria-hidden="true">{open ? "▾" : "▸"}</span> <span class="mono">{name}</span>
          </button>
        </td>
        <td class="n">{group.runs.toLocaleString("en-US")}</td>
        {metrics.map((metric) => (
          <td key={metric} class="n">
            <Mean of={group.metrics?.[metric]} best={best[metric]} />
          </td>
        ))}
        {metrics.flatMap((metric) => {
          const found = group.metrics?.[metric];
          const lower = directionOf(metric) === "lower";
          return [
            <td key={`best ${metric}`} class="n">
              {found && <a href={toRun(lower ? found.lowest_run : found.highest_run)}>{num(lower ? found.lowest : found.highest)}</a>}
            </td>,
            <td key={`last ${metric}`} class="n">
              {found && <a href={toRun(found.newest_run)}>{num(found.newest)}</a>}
            </td>,
          ];
        })}
      </tr>
      {open && (
        <tr>
          <td colSpan={3 + metrics.length * 3} class="opened">
            <Members {...{ group, by, query, children, columns }} />
          </td>
        </tr>
      )}
    </>
  );
}

function Mean({ of, best }: { of: Found | undefined; best: number | undefined }) {
  if (!of) return null;
  const words = `${num(of.mean)}${of.spread == null ? "" : ` ±${num(Number(of.spread.toPrecision(2)))}`}`;
  const title = `mean of ${count(of.runs, "run")}${of.spread == null ? "" : ", ± sample standard deviation"}`;
  return of.mean === best ? (
    <b class="best" title={`${title}; the best of the groups in sight`}>
      {words}
    </b>
  ) : (
    <span title={title}>{words}</span>
  );
}

const MOST_MEMBERS = 50;

function Members({ group, by, query, children, columns }: Pick<RowProps, "group" | "by" | "query" | "children" | "columns">) {
  const own = both(query, having(by, group.value));
  const runs = useAsk("runs.list", { query: own, children, limit: MOST_MEMBERS, columns: [...columns] }, { news: ["run."], keep: true });
  const shown = columns.filter((key) => read(key).area);
  return (
    <Answered of={runs} rows={2}>
      {(page) => (
        <>
          <table class="plain">
            <tbody>
              {page.runs.map((run) => (
                <tr key={run.id}>
                  <td>
                    <a class="mono" href={toRun(run.id)}>{`${run.id} ${run.name}`}</a>
                  </td>
                  <td>
                    <State is={stateOf(run)} />
                  </td>
                  {shown.map((key) => {
                    const value = valueIn(run, key);
                    return (
                      <td key={key} class="n" title={key}>
                        {typeof value === "number" ? num(value) : String(value ?? "")}
                      </td>
                    );
                  })}
                  <td class="n">{took(valueIn(run, "duration") as number | undefined)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p class="soft">
            {page.next && `The newest ${MOST_MEMBERS}. `}
            <a href={to("runs", undefined, { q: own, ...(children && { children: "all" }) })}>All of them as a list</a>, where they can be
            ticked.
          </p>
        </>
      )}
    </Answered>
  );
}
