// Compare: what differs, and did it matter? The champion's run is the baseline unless another one is chosen.
import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk } from "../../api/ask";
import { type Answer, call, type Problem } from "../../api/client";
import { Sign } from "../../charts/slots";
import { Empty, Waiting } from "../../parts/answer";
import { useChampion } from "../../parts/champion";
import { download, toCsv } from "../../parts/download";
import { Page, Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { ProblemBox } from "../../parts/problem";
import { State, stateOf } from "../../parts/state";
import { Time } from "../../parts/time";
import { count } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { project } from "../../state/project";
import { join, useList, useParam, useQuery } from "../../state/url";
import { Code } from "./code";
import { DataDiffs } from "./data";
import { Metrics } from "./metrics";
import { Pictures } from "./pictures";
import { type Row, rowsOf, SECTIONS, split } from "./rows";
import "./compare.css";

export type Run = Answer<"runs.get">;
type Compared = { runs: Run[]; rows: Row[] };

const MOST = 10;

export default function Compare() {
  const [chosen] = useList("runs");
  const [baseline, setBaseline] = useParam("baseline");
  const first = useAsk("runs.get", chosen.length ? { run: chosen[0]! } : null);
  const champion = useChampion(first.value?.step ?? null);
  const names = ordered(chosen, baseline || champion.run);
  const compared = useCompared(baseline || champion.known || first.problem ? names : []);
  useAddress(chosen, names, compared.value?.runs);
  if (!chosen.length) return <Nothing />;
  const known = compared.value?.runs[0];
  const whose = known && String(known.id) === champion.run ? ", the champion's" : "";
  return (
    <Page
      title="Compare"
      lead={`${count(names.length, "run")}, differences from run ${known?.id ?? names[0]}${whose}`}
      says={{
        cli: names
          .slice(1)
          .map((name) => `treadle diff ${names[0]} ${name}`)
          .join("\n"),
        python: `client(diff, DiffRuns(a="${names[0]}", b="${names[1] ?? ""}"))`,
      }}
      actions={
        <>
          <Choice
            label="baseline"
            value={names[0]!}
            options={names.map((name) => [name, `run ${name}`])}
            choose={(name) => setBaseline(name, true)}
          />
          {compared.value && compared.value.runs.length > 1 && <Export {...compared.value} />}
        </>
      }
    >
      {compared.problem && <ProblemBox problem={compared.problem} again={compared.again} />}
      {compared.value ? <Beside {...compared.value} /> : !compared.problem && <Waiting rows={8} />}
    </Page>
  );
}

/** Who opens the address later sees the same: it names runs by number instead of `@-1`, and the baseline that the champion was. */
function useAddress(chosen: readonly string[], names: readonly string[], runs: readonly Run[] | undefined): void {
  const { change } = useQuery();
  const numbers = new Map(names.map((name, at) => [name, runs?.[at] && String(runs[at].id)]));
  useEffect(() => {
    if (!runs) return;
    const list = [...new Set(chosen.map((name) => numbers.get(name) ?? name))];
    change({ runs: join(list), baseline: String(runs[0]!.id) });
  }, [runs]);
}

/** Everything that stands beside each other as one file. */
function Export({ runs, rows }: Compared) {
  const columns = [
    { title: "section", text: (row: Row) => row.section },
    { title: "name", text: (row: Row) => row.name },
    ...runs.map((run, at) => ({ title: `run ${run.id}`, text: (row: Row) => row.cells[at] ?? null })),
    { title: "equal", text: (row: Row) => String(row.equal) },
  ];
  const save = () => download(`compare-${runs.map((run) => run.id).join("-")}.csv`, toCsv(columns, rows), "text/csv");
  return (
    <button type="button" onClick={save} title="all that is compared here, as a file">
      CSV
    </button>
  );
}

function Nothing() {
  return (
    <Page title="Compare" says={{ cli: "treadle diff 3 8" }}>
      <Empty title="Nothing is chosen" lines={["treadle diff @-2 @-1"]}>
        Tick runs on the screen <a href={to("runs")}>Runs</a> and press Compare.
      </Empty>
    </Page>
  );
}

/** The baseline first, each run once. */
function ordered(chosen: readonly string[], baseline: string | null): string[] {
  const names = [...new Set([...(baseline ? [baseline] : []), ...chosen.filter(Boolean)])];
  return names.slice(0, MOST);
}

function useCompared(names: readonly string[]): { value: Compared | undefined; problem: Problem | undefined; again: () => void } {
  const [state, setState] = useState<{ key: string; value?: Compared; problem?: Problem }>({ key: "" });
  const [turn, setTurn] = useState(0);
  const key = `${project.value} ${names.join()}`;
  useEffect(() => {
    if (!names.length) return;
    let left = false;
    compare(names).then(
      (value) => !left && setState({ key, value }),
      (error) => !left && setState({ key, problem: problemOf(error) }),
    );
    return () => {
      left = true;
    };
  }, [key, turn]);
  const mine = state.key === key;
  return { value: mine ? state.value : undefined, problem: mine ? state.problem : undefined, again: () => setTurn((n) => n + 1) };
}

async function compare(names: readonly string[]): Promise<Compared> {
  const [baseline, ...others] = names;
  if (!others.length) return { runs: [await call("runs.get", { run: baseline! })], rows: [] };
  const diffs = await Promise.all(others.map((name) => call("runs.diff", { a: baseline!, b: name })));
  return { runs: [diffs[0]!.a, ...diffs.map((diff) => diff.b)], rows: rowsOf(diffs.map((diff) => diff.differences)) };
}

// --- side by side -------------------------------------------------------------------------------------------------------------------

const TITLES: Record<string, string> = {
  parameters: "Parameters",
  inputs: "Inputs",
  environment: "Environment",
  outputs: "Outputs",
  state: "How it went",
  steps: "Steps",
};

function Beside({ runs, rows }: Compared) {
  if (runs.length < 2) return <Empty title="One run alone differs from nothing">Tick another one on the screen Runs.</Empty>;
  const sections = SECTIONS.filter((section) => TITLES[section]);
  return (
    <div class="stack">
      <Heads runs={runs} />
      {sections.slice(0, 2).map((section) => (
        <Section key={section} {...{ section, runs, rows }} />
      ))}
      <Metrics runs={runs} rows={rows} />
      <Code runs={runs} />
      <DataDiffs rows={rows} />
      <Pictures runs={runs} />
      {sections.slice(2).map((section) => (
        <Section key={section} {...{ section, runs, rows }} />
      ))}
    </div>
  );
}

function Heads({ runs }: { runs: readonly Run[] }) {
  return (
    <div class="tiles">
      {runs.map((run, slot) => (
        <div key={run.id} class="tile">
          <Sign slot={slot} /> <a href={toRun(run.id)}>{`${run.id} ${run.name}`}</a> {slot === 0 && <span class="chip">baseline</span>}
          <div class="row">
            <State is={stateOf(run)} /> <span>{run.step}</span>
            <span class="soft">
              <Time at={run.queued_at} />
            </span>
          </div>
        </div>
      ))}
    </div>
  );
}

function Section({ section, runs, rows }: { section: string; runs: readonly Run[]; rows: readonly Row[] }) {
  const { differing, equal } = split(rows, section);
  if (!differing.length && !equal.length) return null;
  return (
    <Panel title={TITLES[section]} note={differing.length ? count(differing.length, "difference") : "the same"}>
      {differing.length > 0 && <Cells runs={runs} rows={differing} />}
      {equal.length > 0 && (
        <details>
          <summary class="soft">{count(equal.length, "equal one")}</summary>
          <Cells runs={runs} rows={equal} />
        </details>
      )}
    </Panel>
  );
}

export function Cells({ runs, rows }: { runs: readonly Run[]; rows: readonly Row[] }) {
  return (
    <section class="table-scroll" tabIndex={0} aria-label={`${rows[0]?.section} side by side${rows[0]?.equal ? ", equal ones" : ""}`}>
      <table class="plain beside">
        <thead>
          <tr>
            <th scope="col">name</th>
            {runs.map((run, slot) => (
              <th key={run.id} scope="col">
                <Sign slot={slot} /> {run.id}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.section} ${row.name}`}>
              <th scope="row">{row.name}</th>
              {row.cells.map((cell, at) => (
                <td key={at} class={at > 0 && cell !== row.cells[0] ? "differs mono" : "mono"}>
                  {cell ?? <span class="soft">—</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
