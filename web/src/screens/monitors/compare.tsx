// Two windows, or two versions, side by side.

import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { Choice } from "../../parts/popup";
import { num } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { checkOf, day, linesOf, type Monitor, performanceOf, verdictRows, type Window } from "./reading";
import { signOf } from "./signs";

export function Compare({ of, windows }: { of: Monitor; windows: readonly Window[] }) {
  const newest = [...windows].reverse();
  const [a, chooseA] = useParam("a", String(newest[1]?.number ?? ""));
  const [b, chooseB] = useParam("b", String(newest[0]?.number ?? ""));
  const [one, two] = [a, b].map((number) => windows.find((window) => String(window.number) === number));
  if (!one || !two) return <p class="soft">Two windows are needed: treadle monitors look {of.name}</p>;
  const options = newest.map(
    (window) => [String(window.number), `window ${window.number}, ${day(window.start)}, v${window.version ?? "?"}`] as const,
  );
  return (
    <div class="stack">
      <div class="row">
        <Choice label="compare" value={a} options={options} choose={(value) => chooseA(value)} />
        <Choice label="with" value={b} options={options} choose={(value) => chooseB(value)} />
      </div>
      <div class="grid">
        <TwoWindows one={one} two={two} />
        <TwoColumns one={one} two={two} />
      </div>
      <Versions of={of} windows={windows} />
    </div>
  );
}

type Two = { one: Window; two: Window };

function Verdict({ is }: { is: string | undefined }) {
  if (!is) return <span class="soft">—</span>;
  const [sign, tone] = signOf(is);
  return (
    <span class={tone}>
      {sign} {is}
    </span>
  );
}

function Heads({ of, first }: { of: readonly string[]; first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {of.map((name) => (
          <th key={name} scope="col" class="n">
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function TwoWindows({ one, two }: Two) {
  const checks = verdictRows([one, two]);
  const metrics = [one, two].map((window) => checkOf(window, "performance")?.numbers?.metrics ?? {});
  const names = [...new Set(metrics.flatMap((found) => Object.keys(found)))].sort();
  const value = (found: (typeof metrics)[number], name: string) => {
    const metric = found[name];
    return metric ? `${num(metric[0])} (${num(metric[1])} to ${num(metric[2])})` : "—";
  };
  return (
    <Panel title="Verdicts and metrics">
      <Plain label="verdicts and metrics">
        <Heads first="what" of={[`window ${one.number}`, `window ${two.number}`]} />
        <tbody>
          <tr>
            <td>time</td>
            <td class="n">
              {day(one.start)} to {day(one.end)}
            </td>
            <td class="n">
              {day(two.start)} to {day(two.end)}
            </td>
          </tr>
          <tr>
            <td>rows, labelled</td>
            <td class="n">
              {num(one.rows)}, {num(one.labelled ?? 0)}
            </td>
            <td class="n">
              {num(two.rows)}, {num(two.labelled ?? 0)}
            </td>
          </tr>
          <tr>
            <td>version</td>
            <td class="n">v{one.version}</td>
            <td class="n">v{two.version}</td>
          </tr>
          {checks.map((row) => (
            <tr key={row.check}>
              <td>{row.check}</td>
              <td class="n">
                <Verdict is={row.verdicts[0]} />
              </td>
              <td class="n">
                <Verdict is={row.verdicts[1]} />
              </td>
            </tr>
          ))}
          {names.map((name) => (
            <tr key={name}>
              <td>{name}</td>
              <td class="n">{value(metrics[0]!, name)}</td>
              <td class="n">{value(metrics[1]!, name)}</td>
            </tr>
          ))}
        </tbody>
      </Plain>
    </Panel>
  );
}

function TwoColumns({ one, two }: Two) {
  const [a, b] = [one, two].map((window) => new Map(linesOf(window).map((line) => [`${line.check} ${line.name}`, line]))) as [
    Map<string, ReturnType<typeof linesOf>[number]>,
    Map<string, ReturnType<typeof linesOf>[number]>,
  ];
  const effect = (map: typeof a, key: string) => map.get(key)?.effect ?? 0;
  const keys = [...new Set([...a.keys(), ...b.keys()])].sort(
    (x, y) => Math.abs(effect(b, y) - effect(a, y)) - Math.abs(effect(b, x) - effect(a, x)),
  );
  return (
    <Panel title="Drift of features" note="those first whose drift differs most">
      <Plain label="drift of features">
        <Heads first="feature" of={[`window ${one.number}`, `window ${two.number}`]} />
        <tbody>
          {keys.map((key) => (
            <tr key={key}>
              <td>{(a.get(key) ?? b.get(key))!.name}</td>
              {[a, b].map((map, at) => {
                const line = map.get(key);
                return (
                  <td key={at} class="n" title={line?.sentence}>
                    {line ? `${line.verdict === "material" ? "▲ " : ""}${num(line.effect)}` : "—"}
                    <div class="soft">{line?.now}</div>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </Plain>
    </Panel>
  );
}

type Told = { version: number; windows: number; rows: number; labelled: number; bad: Map<string, number>; metric: number | null };

/** What the windows that are shown say of each version. The metric is a mean over windows, weighted with their labels. */
export function versionsOf(windows: readonly Window[]): Told[] {
  const found = new Map<number, Told>();
  const { points } = performanceOf(windows);
  const measured = new Map(points.filter((one) => !one.estimated).map((one) => [one.at, one.value]));
  const weights = new Map<number, number>();
  for (const [at, window] of windows.entries()) {
    if (window.version == null) continue;
    const told = found.get(window.version) ?? { version: window.version, windows: 0, rows: 0, labelled: 0, bad: new Map(), metric: null };
    told.windows++;
    told.rows += window.rows;
    told.labelled += window.labelled ?? 0;
    for (const [check, verdict] of Object.entries(window.verdicts ?? {}))
      if (verdict === "bad" && !check.includes("@")) told.bad.set(check, (told.bad.get(check) ?? 0) + 1);
    const value = measured.get(at);
    const weight = window.labelled ?? 0;
    if (value != null && weight) {
      const before = weights.get(window.version) ?? 0;
      told.metric = ((told.metric ?? 0) * before + value * weight) / (before + weight);
      weights.set(window.version, before + weight);
    }
    found.set(window.version, told);
  }
  return [...found.values()].sort((x, y) => y.version - x.version);
}

function Versions({ of, windows }: { of: Monitor; windows: readonly Window[] }) {
  const { metric } = performanceOf(windows);
  return (
    <Panel title="Versions" note={`over the ${windows.length} windows that are shown`}>
      <Plain label="versions">
        <Heads first="version" of={["windows", "rows", "labelled", metric ? `${metric}, mean` : "metric", "bad windows"]} />
        <tbody>
          {versionsOf(windows).map((told) => (
            <tr key={told.version}>
              <td>v{told.version}</td>
              <td class="n">{told.windows}</td>
              <td class="n">{num(told.rows)}</td>
              <td class="n">{num(told.labelled)}</td>
              <td class="n">{told.metric === null ? "—" : num(told.metric)}</td>
              <td class="n">{[...told.bad].map(([check, times]) => `${times} ${check}`).join(", ") || "none"}</td>
            </tr>
          ))}
        </tbody>
      </Plain>
      <p>
        <a href={to("endpoints", of.endpoint, { tab: "compare" })}>Compare their revisions at {of.endpoint}</a>
      </p>
    </Panel>
  );
}
