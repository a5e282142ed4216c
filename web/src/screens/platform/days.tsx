// Amounts by day as stacked bars: each kind with a colour and a pattern of its own, and the same as a table.
import { Panel } from "../../parts/page";
import { type Column, Table } from "../../parts/table";

export type Day = { day: string; values: Record<string, number | undefined> };

const HEIGHT = 140;
const PATTERNS = ["", "url(#slant)", "url(#dots)", "url(#bars)", "url(#cross)"];

export function Days({ title, unit, days, told }: { title: string; unit: string; days: readonly Day[]; told: (value: number) => string }) {
  const kinds = [...new Set(days.flatMap((day) => Object.keys(day.values)))].filter((kind) => days.some((day) => day.values[kind]));
  const most = Math.max(...days.map(total), 0);
  if (!most) {
    return (
      <Panel title={title}>
        <p class="soft">nothing in these days</p>
      </Panel>
    );
  }
  const columns: Column<Day>[] = [
    { key: "day", title: "day (UTC)", width: 110, cell: (day) => day.day, text: (day) => day.day },
    ...kinds.map(
      (kind): Column<Day> => ({
        key: kind,
        title: kind,
        numeric: true,
        width: 110,
        cell: (day) => told(day.values[kind] ?? 0),
        text: (day) => day.values[kind] ?? 0,
      }),
    ),
  ];
  return (
    <Panel title={title} note={`${unit}, at most ${told(most)} a day`}>
      <Legend kinds={kinds} />
      <Bars {...{ title, days, kinds, most, told }} />
      <details>
        <summary>as a table</summary>
        <Table label={title} rows={days} columns={columns} keyOf={(day) => day.day} file={title} />
      </details>
    </Panel>
  );
}

function Bars({
  title,
  days,
  kinds,
  most,
  told,
}: {
  title: string;
  days: readonly Day[];
  kinds: readonly string[];
  most: number;
  told: (value: number) => string;
}) {
  const step = 1000 / days.length;
  return (
    <svg
      class="days"
      viewBox={`0 0 1000 ${HEIGHT + 18}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${title}; the numbers are in the table beneath`}
    >
      <Patterns />
      {days.map((day, at) => {
        let under = HEIGHT;
        return (
          <g key={day.day}>
            <title>{`${day.day}: ${kinds.map((kind) => `${kind} ${told(day.values[kind] ?? 0)}`).join(", ")}`}</title>
            {kinds.map((kind, slot) => {
              const height = ((day.values[kind] ?? 0) / most) * HEIGHT;
              under -= height;
              const place = { x: at * step + step * 0.1, y: under, width: step * 0.8, height };
              return (
                <g key={kind}>
                  <rect {...place} class={`series-${slot + 1}`} />
                  {PATTERNS[slot] && <rect {...place} fill={PATTERNS[slot]} />}
                </g>
              );
            })}
          </g>
        );
      })}
      <line x1="0" x2="1000" y1={HEIGHT} y2={HEIGHT} class="axis" />
    </svg>
  );
}

function Legend({ kinds }: { kinds: readonly string[] }) {
  return (
    <p class="row">
      {kinds.map((kind, slot) => (
        <span key={kind} class="row">
          <svg width="14" height="14" aria-hidden="true">
            <rect width="14" height="14" class={`series-${slot + 1}`} />
            {PATTERNS[slot] && <rect width="14" height="14" fill={PATTERNS[slot]} />}
          </svg>
          {kind}
        </span>
      ))}
    </p>
  );
}

function Patterns() {
  const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse" } as const;
  return (
    <defs>
      <pattern id="slant" {...box}>
        <path d="M0 6L6 0" class="hatch" />
      </pattern>
      <pattern id="dots" {...box}>
        <circle cx="3" cy="3" r="1.2" class="dot" />
      </pattern>
      <pattern id="bars" {...box}>
        <path d="M0 3H6" class="hatch" />
      </pattern>
      <pattern id="cross" {...box}>
        <path d="M0 6L6 0M0 0L6 6" class="hatch" />
      </pattern>
    </defs>
  );
}

export function total(day: Day): number {
  return Object.values(day.values).reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
