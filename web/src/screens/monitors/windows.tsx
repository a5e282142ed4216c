// The windows of a monitor, and the report of one of them in words.

import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { num } from "../../parts/words";
import { pathOf } from "../../state/paths";
import { useParam } from "../../state/url";
import { day, type Monitor, reportOf, type Window } from "./reading";
import { signOf } from "./signs";

export function Windows({ of, windows }: { of: Monitor; windows: readonly Window[] }) {
  const [chosen, choose] = useParam("window");
  const newest = [...windows].reverse();
  const one = newest.find((window) => String(window.number) === chosen);
  return (
    <>
      <Panel title="Windows" note="newest first; a number opens its report">
        <Table
          label={`windows of ${of.name}`}
          rows={newest}
          columns={columns((number) => choose(String(number), true))}
          keyOf={(row) => row.number}
          height="360px"
          file={`${of.name}-windows`}
        />
      </Panel>
      {one && <Report of={one} close={() => choose("")} />}
    </>
  );
}

function columns(open: (number: number) => void): Column<Window>[] {
  return [
    {
      key: "number",
      title: "window",
      width: 70,
      cell: (row) => (
        <button type="button" class="quiet" aria-label={`report of window ${row.number}`} onClick={() => open(row.number)}>
          {row.number}
        </button>
      ),
      text: (row) => row.number,
    },
    { key: "from", title: "from", width: 95, cell: (row) => day(row.start), text: (row) => row.start },
    { key: "to", title: "to", width: 95, cell: (row) => day(row.end), text: (row) => row.end },
    { key: "rows", title: "rows", numeric: true, width: 75, cell: (row) => num(row.rows), text: (row) => row.rows },
    {
      key: "labelled",
      title: "labelled",
      numeric: true,
      width: 80,
      cell: (row) => num(row.labelled ?? 0),
      text: (row) => row.labelled ?? 0,
    },
    { key: "version", title: "version", width: 70, cell: (row) => (row.version ? `v${row.version}` : ""), text: (row) => row.version },
    { key: "verdicts", title: "verdicts", cell: (row) => <Verdicts of={row} />, text: verdictText, width: 420 },
    { key: "looked", title: "looked at", width: 100, cell: (row) => <Time at={row.looked_at} />, text: (row) => row.looked_at },
  ];
}

const whole = (window: Window) => Object.entries(window.verdicts ?? {}).filter(([key]) => !key.includes("@"));
const verdictText = (window: Window) =>
  whole(window)
    .map(([key, verdict]) => `${key}=${verdict}`)
    .join(" ");

function Verdicts({ of }: { of: Window }) {
  return (
    <>
      {whole(of).map(([key, verdict]) => {
        const [sign, tone] = signOf(verdict);
        return (
          <span key={key} class={tone} title={`${key}: ${verdict}`}>
            {sign} {key}{" "}
          </span>
        );
      })}
    </>
  );
}

function Report({ of, close }: { of: Window; close: () => void }) {
  const report = reportOf(of);
  const checks = Object.entries(report.checks ?? {});
  return (
    <Panel
      title={`Report of window ${of.number}`}
      note={`${day(of.start)} to ${day(of.end)}, ${num(of.rows)} rows, against ${report.reference ?? "nothing"}`}
      actions={
        <button type="button" class="quiet" aria-label="close the report" onClick={close}>
          ✕
        </button>
      }
    >
      <p>
        answered by{" "}
        {Object.entries(report.versions ?? {}).map(([ref, rows], at) => (
          <span key={ref}>
            {at ? ", " : ""}
            <a href={pathOf(`model:${ref}`)!}>{ref}</a> ({num(rows)} rows)
          </span>
        ))}
      </p>
      <Plain label={`report of window ${of.number}`}>
        <tbody>
          {checks.map(([key, check]) => {
            const [sign, tone] = signOf(check.verdict);
            return (
              <tr key={key}>
                <td>
                  <span class={`state ${tone}`}>
                    <i aria-hidden="true">{sign}</i>
                    {check.verdict}
                  </span>
                </td>
                <td>{key}</td>
                <td>{check.sentence}</td>
              </tr>
            );
          })}
        </tbody>
      </Plain>
      {Object.entries(report.shadows ?? {}).map(([ref, shadow]) => (
        <p key={ref} class="soft">
          shadow {ref}: {num(shadow.rows)} rows, {shadow.predictions.sentence}
        </p>
      ))}
    </Panel>
  );
}
