// What is drawn of the ticked runs: the curves of one metric, and what matters for it.
import type { Schema } from "../../api/client";
import { CurvesPanel, type Drawn } from "./curves_panel";
import { Matters } from "./matters";

type Names = Schema<"KnownNames">;
export type ChartsProps = {
  drawn: readonly Drawn[];
  metric: string;
  setMetric: (name: string) => void;
  names: Names;
  query: string;
  all: boolean;
  search: (query: string) => void;
  tick: (run: string) => void;
  places: ReadonlyMap<string, number>;
  live: boolean;
};

export function Charts({ drawn, metric, setMetric, names, query, all, search, tick, places, live }: ChartsProps) {
  if (!names.metrics?.length) return null; // nothing was ever measured in this project
  return (
    <div class="grid">
      <CurvesPanel drawn={drawn} metric={metric} metrics={names.metrics} choose={setMetric} live={live} />
      <Matters
        query={query}
        children={all}
        metric={metric}
        names={names}
        ticked={places}
        tick={(run) => tick(String(run))}
        search={search}
      />
    </div>
  );
}
