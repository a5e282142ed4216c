// Releases and alarms by week: bars for releases, a mark for each alarm.
import { useRef } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { savePicture } from "../../charts/picture";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { count, moment } from "../../parts/words";
import { type PaceTold, type Week, weeks } from "./reckoning";

const WIDTH = 1000;
const HEIGHT = 120;
const FOOT = 18;

export function Weekly({ pace }: { pace: PaceTold }) {
  const svg = useRef<SVGSVGElement>(null);
  const alarms = useAsk("monitoring.alarms", { limit: 1000 }, { news: ["alarm."] });
  return (
    <Panel
      title="Releases and alarms"
      note="by week; ■ release, ▲ alarm"
      actions={
        <button type="button" class="quiet" onClick={() => svg.current && savePicture("releases and alarms", svg.current)}>
          PNG
        </button>
      }
    >
      <Answered of={alarms}>
        {(list) => {
          const made = weeks(
            pace.since,
            pace.until,
            (pace.releases ?? []).map((one) => one.live_at),
            list.map((one) => one.opened_at),
          );
          return <Bars weeks={made} svg={svg} />;
        }}
      </Answered>
    </Panel>
  );
}

function Bars({ weeks, svg }: { weeks: readonly Week[]; svg: { current: SVGSVGElement | null } }) {
  const most = Math.max(1, ...weeks.map((week) => week.releases));
  const step = WIDTH / Math.max(weeks.length, 12);
  const told = weeks.map((week) => `${day(week.from)}: ${count(week.releases, "release")}, ${count(week.alarms, "alarm")}`);
  return (
    <svg ref={svg} class="weekly" viewBox={`0 0 ${WIDTH} ${HEIGHT + FOOT + 16}`} role="img" aria-label={`by week: ${told.join("; ")}`}>
      {weeks.map((week, at) => {
        const height = (week.releases / most) * HEIGHT;
        const middle = at * step + step / 2;
        return (
          <g key={week.from}>
            <title>{told[at]}</title>
            <rect x={at * step + step * 0.2} y={16 + HEIGHT - height} width={step * 0.6} height={height} class="working" />
            {week.releases > 0 && (
              <text x={middle} y={16 + HEIGHT - height + 13} text-anchor="middle" class="inside">
                {week.releases}
              </text>
            )}
            {week.alarms > 0 && (
              <text x={middle} y={12 + HEIGHT - height} text-anchor="middle" class="alarms">
                ▲{week.alarms > 1 ? ` ${week.alarms}` : ""}
              </text>
            )}
            <text x={middle} y={16 + HEIGHT + 14} text-anchor="middle">
              {at % Math.ceil(weeks.length / 10) === 0 ? day(week.from) : ""}
            </text>
          </g>
        );
      })}
      <line x1="0" x2={WIDTH} y1={16 + HEIGHT} y2={16 + HEIGHT} class="axis" />
    </svg>
  );
}

const day = (at: number): string => moment(at).slice(5, 10);
