// The heat strip: features by windows, the worst first, the verdicts of the checks above; releases and alarms on the same axis.
import type { ComponentChildren } from "preact";
import { Heat, type HeatCell, type HeatLine } from "../../charts/heat";
import { Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { num } from "../../parts/words";
import { changed, useParam, useQuery } from "../../state/url";
import { Feature } from "./feature";
import {
  type Alarm,
  type Cell,
  cellWords,
  checkOf,
  day,
  type HeatRow,
  heatOf,
  type Monitor,
  releasesOf,
  slicesOf,
  spansOf,
  verdictRows,
  type Window,
} from "./reading";
import { signOf } from "./signs";

const FEW = 24;
const MATERIAL = 0.1;

type Props = { of: Monitor; windows: readonly Window[]; alarms: readonly Alarm[]; choice: ComponentChildren };

export function Strip({ of, windows, alarms, choice }: Props) {
  const { query, change } = useQuery();
  const [slice, chooseSlice] = useParam("slice");
  const [all, showAll] = useParam("all");
  const material = of.settings.material ?? MATERIAL;
  const rows = heatOf(windows, material, slice);
  const shown = all ? rows : rows.slice(0, FEW);
  const lines = [...verdictLines(windows, slice), ...shown.map((row) => featureLine(row, windows, material))];
  const at = windows.findIndex((window) => String(window.number) === query.w);
  const open = (line: string, column: number) =>
    change({ line, w: String(windows[column]!.number), window: line.startsWith("check ") ? String(windows[column]!.number) : null }, true);
  const slices = slicesOf(windows);
  return (
    <Panel
      title="Features by windows"
      note={`worst first; ▲ from ${num(material)} on, where it is no chance`}
      actions={
        <>
          {slices.length > 0 && (
            <Choice
              label="of"
              value={slice}
              options={[["", "all rows"], ...slices.map((one) => [one, one] as const)]}
              choose={(value) => chooseSlice(value)}
            />
          )}
          {choice}
        </>
      }
    >
      <Heat
        label={`features of ${of.name} by windows`}
        columns={windows.map((window) => ({
          name: String(window.number),
          title: `window ${window.number}, ${day(window.start)} to ${day(window.end)}, ${num(window.rows)} rows`,
        }))}
        lines={lines}
        marks={releasesOf(windows).map((one) => ({
          at: one.at,
          sign: "●",
          words: `from here on v${one.version} answers most, before it v${one.former}`,
        }))}
        bars={spansOf(alarms, windows).map((span) => ({
          key: span.alarm.id,
          from: span.from,
          to: span.to,
          open: span.open,
          level: span.column,
          words: `alarm ${span.alarm.id} ${span.alarm.kind}${span.alarm.slice ? ` ${span.alarm.slice}` : ""}, ${span.open ? "open" : "closed"}`,
          href: changed(location.pathname, location.search, { alarm: String(span.alarm.id) }),
        }))}
        open={open}
        chosen={at >= 0 && query.line ? { line: query.line, column: at } : undefined}
      />
      {rows.length > FEW && (
        <button type="button" class="quiet" onClick={() => showAll(all ? "" : "yes")}>
          {all ? `only the ${FEW} worst` : `all ${rows.length} features`}
        </button>
      )}
      {slice && !rows.length && <p class="soft">Of slices only features that drifted are kept, and none has.</p>}
      {at >= 0 && query.line && (
        <Feature
          of={of}
          rows={rows}
          line={query.line}
          windows={windows}
          at={at}
          go={(place) => change({ w: String(windows[place]!.number) })}
          close={() => change({ line: null, w: null })}
        />
      )}
    </Panel>
  );
}

/** The verdicts of checks, of all rows or of a slice. */
function verdictLines(windows: readonly Window[], slice: string): HeatLine[] {
  const suffix = slice ? `@${slice}` : "";
  return verdictRows(windows).map(({ check }) => ({
    key: `check ${check}`,
    label: <b>{check}</b>,
    cells: windows.map((window): HeatCell | null => {
      const verdict = window.verdicts?.[`${check}${suffix}`];
      if (!verdict) return null;
      const [sign, tone] = signOf(verdict);
      const sentence = checkOf(window, `${check}${suffix}`)?.sentence ?? "";
      return { score: null, sign, tone, words: `${check}, window ${window.number}: ${verdict}; ${sentence}` };
    }),
  }));
}

function featureLine(row: HeatRow, windows: readonly Window[], material: number): HeatLine {
  return {
    key: row.key,
    label: row.check === "predictions" ? <i>prediction {row.name}</i> : row.name,
    title: row.check === "predictions" ? `prediction ${row.name}` : row.name,
    cells: row.cells.map((cell, at) => cell && shade(cell, cellWords(row.name, windows[at]!, cell, material))),
  };
}

function shade(cell: NonNullable<Cell>, words: string): HeatCell {
  const bad = cell.verdict === "material";
  const little = cell.verdict === "recorded";
  return { score: cell.score, sign: bad ? "▲" : little ? "·" : "", tone: bad ? "drift" : little ? "little" : "same", words };
}
