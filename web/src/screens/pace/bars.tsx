// Where the time goes: a bar for each release, its parts by colour and pattern. A bar leads to the release's story.

import { useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Frame } from "../../charts/frame";
import { useWidth } from "../../charts/width";
import { toCsv } from "../../parts/download";
import { Mentions, Subject } from "../../parts/mentions";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count, num, took } from "../../parts/words";
import { PARTS, type Part, percent, type Released } from "./figures";

const BAR = 20;
const ROW = 30;
const TOP = 46;
const MANY = 25;
const LOOK: Record<Part, { colour: string; pattern: string }> = {
  working: { colour: "var(--series-1)", pattern: "" },
  approval: { colour: "var(--series-5)", pattern: "dots" },
  rollout: { colour: "var(--series-4)", pattern: "bars" },
  idle: { colour: "var(--panel)", pattern: "slant" },
};

type Props = {
  releases: readonly Released[];
  shares: Partial<Record<Part, number | null>>;
  chosen: number;
  toStory: (entry: number) => string;
};

export function Bars({ releases, shares, chosen, toStory }: Props) {
  const drawing = useRef<SVGSVGElement>(null);
  const [all, setAll] = useState(false);
  const newest = [...releases].sort((a, b) => b.live_at - a.live_at);
  const shown = all ? newest : newest.slice(0, MANY);
  return (
    <Frame
      title="Where the time goes"
      note="per release, the newest first; a bar leads to its story"
      drawing={() => drawing.current}
      csv={() => toCsv(RELEASES, newest)}
      table={() => <Releases releases={newest} />}
    >
      <Drawn {...{ shown, shares, chosen, toStory, drawing }} />
      {shown.length < newest.length && (
        <button type="button" onClick={() => setAll(true)}>
          {count(newest.length - shown.length, "older release")}
        </button>
      )}
    </Frame>
  );
}

function Drawn({
  shown,
  shares,
  chosen,
  toStory,
  drawing,
}: Omit<Props, "releases"> & { shown: readonly Released[]; drawing: { current: SVGSVGElement | null } }) {
  const { box, width } = useWidth<HTMLDivElement>();
  const { route } = useLocation();
  const left = Math.min(170, width * 0.3);
  const most = Math.max(...shown.map((one) => one.total), 1e-9);
  const scale = Math.max(40, width - left - 76) / most;
  return (
    <div ref={box} class="bars">
      <svg ref={drawing} width={width} height={TOP + shown.length * ROW}>
        <title>where the time of each release went</title>
        <Patterns />
        <Legend width={width} shares={shares} />
        {shown.map((one, at) => {
          const y = TOP + at * ROW;
          return (
            <a
              key={one.entry}
              href={toStory(one.entry)}
              class={one.entry === chosen ? "chosen" : ""}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                route(toStory(one.entry));
              }}
            >
              <title>{told(one)}</title>
              <rect class="ground" x="0" y={y - 2} width={width} height={ROW - 4} style={{ fill: "transparent" }} />
              <text x={left - 8} y={y + 14} text-anchor="end" style={{ fill: "var(--accent)" }}>
                {short(one.ref, left)}
              </text>
              {placed(one, scale).map(({ part, x, wide }) => (
                <Piece key={part} part={part} x={left + x} y={y} width={wide} />
              ))}
              <text x={left + Math.max(2, one.total * scale) + 6} y={y + 14} style={{ fill: "var(--soft)" }}>
                {took(one.total)}
              </text>
            </a>
          );
        })}
      </svg>
    </div>
  );
}

function Piece({ part, x, y, width, height = BAR }: { part: Part; x: number; y: number; width: number; height?: number }) {
  const { colour, pattern } = LOOK[part];
  const place = { x, y, width, height };
  return (
    <>
      <rect {...place} style={{ fill: colour, stroke: "var(--edge)", strokeWidth: part === "idle" ? 0.6 : 0 }} />
      {pattern && <rect {...place} style={{ fill: `url(#pace-${pattern})` }} />}
    </>
  );
}

function Legend({ width, shares }: { width: number; shares: Props["shares"] }) {
  const columns = width > 620 ? 4 : 2;
  return (
    <>
      {PARTS.map(([part, words], at) => {
        const x = (at % columns) * (width / columns);
        const y = Math.floor(at / columns) * 18 + 4;
        const share = shares[part];
        return (
          <g key={part}>
            <title>{words}</title>
            <Piece part={part} x={x} y={y} width={14} height={12} />
            <text x={x + 20} y={y + 11} style={{ fill: "var(--ink)" }}>
              {part} {share == null ? "" : percent(share)}
            </text>
          </g>
        );
      })}
    </>
  );
}

function Patterns() {
  const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse" } as const;
  const line = { stroke: "var(--idle)", strokeWidth: 1.4, fill: "none" };
  const light = { stroke: "var(--panel)", strokeWidth: 1.4, fill: "none" };
  return (
    <defs>
      <pattern id="pace-slant" {...box}>
        <path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" style={line} />
      </pattern>
      <pattern id="pace-dots" {...box}>
        <circle cx="3" cy="3" r="1.3" style={{ fill: "var(--panel)" }} />
      </pattern>
      <pattern id="pace-bars" {...box}>
        <path d="M3 0V6" style={light} />
      </pattern>
    </defs>
  );
}

/** The parts of a release beside each other, in pixels. Where the record's clocks disagree they may make more than the whole. */
function placed(one: Released, scale: number): { part: Part; x: number; wide: number }[] {
  let x = 0;
  return PARTS.map(([part]) => {
    const wide = (one[part] ?? 0) * scale;
    x += wide;
    return { part, x: x - wide, wide };
  }).filter(({ wide }) => wide > 0);
}

function told(one: Released): string {
  const parts = PARTS.filter(([part]) => one[part]).map(([part]) => `${part} ${took(one[part])}`);
  return `${one.ref}: ${took(one.total)} to live at ${one.endpoint}: ${parts.join(", ")}`;
}

function short(ref: string, width: number): string {
  const most = Math.floor(width / 7.6);
  return ref.length <= most ? ref : `${ref.slice(0, most - 5)}…${ref.slice(-4)}`;
}

export const RELEASES: readonly Column<Released>[] = [
  { key: "ref", title: "release", width: 170, cell: (one) => <Subject of={`model:${one.ref}`}>{one.ref}</Subject>, text: (one) => one.ref },
  {
    key: "endpoint",
    title: "endpoint",
    width: 110,
    cell: (one) => <Subject of={`endpoint:${one.endpoint}`}>{one.endpoint}</Subject>,
    text: (one) => one.endpoint,
  },
  {
    key: "live",
    title: "live",
    width: 120,
    cell: (one) => <Time at={one.live_at} />,
    text: (one) => new Date(one.live_at * 1000).toISOString(),
  },
  {
    key: "because",
    title: "because of",
    width: 140,
    cell: (one) => <Subject of={`entry:${one.origin}`}>{one.because}</Subject>,
    text: (one) => one.because,
  },
  { key: "total", title: "total", width: 90, numeric: true, cell: (one) => took(one.total), text: (one) => one.total },
  ...PARTS.map(
    ([part, words]): Column<Released> => ({
      key: part,
      title: part,
      hint: words,
      width: 90,
      numeric: true,
      cell: (one) => took(one[part] ?? 0),
      text: (one) => one[part] ?? 0,
    }),
  ),
  {
    key: "retraining",
    title: "retraining",
    width: 95,
    numeric: true,
    cell: (one) => took(one.retraining),
    text: (one) => one.retraining,
  },
  { key: "cpu", title: "CPU s", width: 80, numeric: true, cell: (one) => num(one.cpu ?? 0), text: (one) => one.cpu ?? 0 },
  {
    key: "hands",
    title: "hands",
    width: 220,
    cell: (one) => (one.hands?.length ? <Mentions text={one.hands.join(", ")} /> : <span class="soft">none: by itself</span>),
    text: (one) => (one.hands ?? []).join("; "),
  },
  {
    key: "entry",
    title: "entry",
    width: 80,
    numeric: true,
    cell: (one) => <Subject of={`entry:${one.entry}`}>{one.entry}</Subject>,
    text: (one) => one.entry,
  },
];

export function Releases({ releases }: { releases: readonly Released[] }) {
  return <Table label="releases" rows={releases} columns={RELEASES} keyOf={(one) => one.entry} />;
}
