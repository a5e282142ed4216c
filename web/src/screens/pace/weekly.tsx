// Releases and alarms by week: bars for releases, a mark for each alarm and for each rollout that was taken back.
import { scaleLinear } from "d3-scale";
import { useRef } from "preact/hooks";
import { Frame } from "../../charts/frame";
import { useWidth } from "../../charts/width";
import { toCsv } from "../../parts/download";
import { type Column, Table } from "../../parts/table";
import { moment } from "../../parts/words";
import { toJournal } from "../../state/paths";
import { project } from "../../state/project";
import { steps, type Week } from "./figures";

const HEIGHT = 190;
const BOTTOM = 30;
const LEFT = 30;
const MARKS = 4; // more of them in a week are said by a number

export function Weekly({ weeks }: { weeks: readonly Week[] }) {
  const drawing = useRef<SVGSVGElement>(null);
  return (
    <Frame
      title="Releases and alarms"
      note="by week; ■ release  ▲ alarm  ↩ taken back"
      drawing={() => drawing.current}
      csv={() => toCsv(COLUMNS, weeks)}
      table={() => <Table label="weeks" rows={weeks} columns={COLUMNS} keyOf={(week) => week.from} />}
    >
      <Drawn weeks={weeks} drawing={drawing} />
    </Frame>
  );
}

function Drawn({ weeks, drawing }: { weeks: readonly Week[]; drawing: { current: SVGSVGElement | null } }) {
  const { box, width } = useWidth<HTMLDivElement>(480);
  const ticks = steps(Math.max(...weeks.map((week) => week.releases), 1));
  const y = scaleLinear()
    .domain([0, ticks.at(-1)!])
    .range([HEIGHT - BOTTOM, 34]);
  const step = (width - LEFT - 4) / weeks.length;
  const every = Math.max(1, Math.ceil(46 / step));
  return (
    <div ref={box} class="bars">
      <svg ref={drawing} width={width} height={HEIGHT} role="img" aria-label={spoken(weeks)}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} style={{ stroke: "var(--line)" }} />
            <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end" style={{ fill: "var(--soft)", fontSize: "11px" }}>
              {tick}
            </text>
          </g>
        ))}
        {weeks.map((week, at) => {
          const x = LEFT + at * step;
          const middle = x + step / 2;
          return (
            <g key={week.from}>
              <title>{`week of ${dayOf(week.from)}: ${week.releases} releases, ${week.alarms} alarms, ${week.takenBack} taken back`}</title>
              <rect x={x} y={0} width={step} height={HEIGHT - BOTTOM} style={{ fill: "transparent" }} />
              <rect
                x={x + step * 0.2}
                y={y(week.releases)}
                width={step * 0.6}
                height={y(0) - y(week.releases)}
                style={{ fill: "var(--series-1)" }}
              />
              <Marks sign="▲" many={week.alarms} x={middle} y={y(week.releases) - 6} room={step} />
              <Marks sign="↩" many={week.takenBack} x={middle} y={y(week.releases) - 20} room={step} />
              {at % every === 0 && (
                <text x={middle} y={HEIGHT - BOTTOM + 16} text-anchor="middle" style={{ fill: "var(--soft)", fontSize: "11px" }}>
                  {dayOf(week.from).slice(5)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Marks({ sign, many, x, y, room }: { sign: string; many: number; x: number; y: number; room: number }) {
  if (!many) return null;
  const words = many <= MARKS && many * 10 <= room ? sign.repeat(many) : `${sign}${many}`;
  return (
    <text x={x} y={y} text-anchor="middle" style={{ fill: "var(--bad)", fontSize: "11px" }}>
      {words}
    </text>
  );
}

function spoken(weeks: readonly Week[]): string {
  const told = weeks.filter((week) => week.releases || week.alarms || week.takenBack);
  const lines = told.map((week) => `${dayOf(week.from)}: ${week.releases} releases, ${week.alarms} alarms, ${week.takenBack} taken back`);
  return `releases and alarms by week. ${lines.join("; ") || "none"}`;
}

const dayOf = (at: number) => moment(at).slice(0, 10);

function counted(kind: string, words: (week: Week) => number) {
  return (week: Week) => (
    <a class="said" href={toJournal({ kind, project: project.value, since: local(week.from), until: local(week.until) })}>
      {words(week)}
    </a>
  );
}

/** A moment as the journal's filter writes it. */
const local = (at: number) => moment(at).slice(0, 16).replace(" ", "T");

const COLUMNS: readonly Column<Week>[] = [
  { key: "week", title: "week of", width: 110, cell: (week) => dayOf(week.from), text: (week) => dayOf(week.from) },
  {
    key: "releases",
    title: "releases",
    width: 90,
    numeric: true,
    cell: counted("revision.live", (week) => week.releases),
    text: (week) => week.releases,
  },
  {
    key: "alarms",
    title: "alarms",
    width: 90,
    numeric: true,
    cell: counted("alarm.opened", (week) => week.alarms),
    text: (week) => week.alarms,
  },
  {
    key: "back",
    title: "taken back",
    width: 100,
    numeric: true,
    cell: counted("rollout.taken_back", (week) => week.takenBack),
    text: (week) => week.takenBack,
  },
];
