// Compare: what differs, and did it matter? The champion's run is the baseline unless another one is chosen.
import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk } from "../../api/ask";
import { type Answer, call, type Problem } from "../../api/client";
import { Sign } from "../../charts/slots";
import { Empty, Waiting } from "../../parts/answer";
import { Page, Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { ProblemBox } from "../../parts/problem";
import { State, stateOf } from "../../parts/state";
import { Time } from "../../parts/time";
import { count } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { project } from "../../state/project";
import { useList, useParam } from "../../state/url";
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
  const champion = useChampion(chosen.length > 0 && !baseline);
  const names = ordered(chosen, baseline || champion.run);
  const compared = useCompared(champion.known || baseline ? names : []);
  if (!chosen.length) return <Nothing />;
  return (
    <Page
      title="Compare"
      lead={`${count(names.length, "run")}, differences from ${names[0]}${names[0] === champion.run && !baseline ? ", the champion's" : ""}`}
      says={{
        cli: names
          .slice(1)
          .map((name) => `treadle diff ${names[0]} ${name}`)
          .join("\n"),
        python: `client(diff, DiffRuns(a="${names[0]}", b="${names[1] ?? ""}"))`,
      }}
      actions={
        <Choice
          label="baseline"
          value={names[0]!}
          options={names.map((name) => [name, `run ${name}`])}
          choose={(name) => setBaseline(name, true)}
        />
      }
    >
      {compared.problem && <ProblemBox problem={compared.problem} again={compared.again} />}
      {compared.value ? <Beside {...compared.value} /> : !compared.problem && <Waiting rows={8} />}
    </Page>
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

/** The run of a champion whose step is that of a chosen run is the baseline that nobody has to ask for. */
function useChampion(wanted: boolean): { run: string | null; known: boolean } {
  const [chosen] = useList("runs");
  const models = useAsk("registry.models", wanted ? {} : null);
  const [found, setFound] = useState<{ run: string | null; known: boolean }>({ run: null, known: false });
  const list = models.value;
  useEffect(() => {
    if (!wanted) return;
    if (models.problem) setFound({ run: null, known: true });
    if (!list) return;
    let left = false;
    championOf(list, chosen)
      .catch(() => null)
      .then((run) => {
        if (!left) setFound({ run, known: true });
      });
    return () => {
      left = true;
    };
  }, [list, models.problem, wanted, chosen.join()]);
  return found;
}

async function championOf(models: Answer<"registry.models">, chosen: readonly string[]): Promise<string | null> {
  const first = await call("runs.get", { run: chosen[0]! });
  for (const model of models) {
    if (!model.aliases?.champion) continue;
    const version = await call("registry.version", { ref: `${model.name}@champion` });
    if (!version.run) continue;
    const run = await call("runs.get", { run: String(version.run) });
    if (run.step === first.step) return String(run.id);
  }
  return null;
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
