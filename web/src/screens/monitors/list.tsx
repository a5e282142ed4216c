// The list of monitors: their newest windows as a strip of signs, open alarms, and what people said of them.
import { useAsk } from "../../api/ask";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { to } from "../../state/paths";
import { lastVerdict, type Monitor } from "./reading";
import { signOf } from "./signs";

const SHOWN = 14;

export function MonitorTable({ all }: { all: readonly Monitor[] }) {
  return <Table label="monitors" rows={all} columns={COLUMNS} keyOf={(one) => one.name} open={(one) => to("monitors", one.name)} main />;
}

const COLUMNS: readonly Column<Monitor>[] = [
  {
    key: "monitor",
    title: "monitor",
    width: 150,
    cell: (one) => <a href={to("monitors", one.name)}>{one.name}</a>,
    text: (one) => one.name,
  },
  {
    key: "endpoint",
    title: "endpoint",
    width: 120,
    cell: (one) => <a href={to("endpoints", one.endpoint)}>{one.endpoint}</a>,
    text: (one) => one.endpoint,
  },
  { key: "state", title: "state", width: 100, cell: (one) => <State is={one.state} />, text: (one) => one.state },
  {
    key: "strip",
    title: `last ${SHOWN} windows`,
    width: 240,
    hint: "the newest to the right: ▲ something is bad, ✓ all is good, … labels are waited for, · too few rows",
    cell: (one) => <Strip of={one} />,
    text: (one) => (one.latest ? lastVerdict(one.latest) : ""),
  },
  { key: "windows", title: "windows", numeric: true, width: 80, cell: (one) => one.windows ?? 0, text: (one) => one.windows ?? 0 },
  {
    key: "looked",
    title: "looked at",
    width: 100,
    cell: (one) => <Time at={one.latest?.looked_at} />,
    text: (one) => one.latest?.looked_at,
  },
  {
    key: "alarms",
    title: "open alarms",
    cell: (one) => <Open of={one} />,
    text: (one) => one.alarms?.length ?? 0,
  },
  {
    key: "useful",
    title: "useful / noise",
    width: 120,
    hint: "how many of its alarms people called worth having, and noise",
    cell: (one) => `${one.useful ?? 0} / ${one.noise ?? 0}`,
    text: (one) => `${one.useful ?? 0}/${one.noise ?? 0}`,
  },
];

function Strip({ of }: { of: Monitor }) {
  const asked = useAsk("monitoring.windows", { monitor: of.name, limit: SHOWN, reports: false }, { news: ["alarm.", "monitor."] });
  const windows = [...(asked.value ?? [])].reverse();
  if (!windows.length) return <span class="soft">{asked.loading ? "" : "none yet"}</span>;
  const words = windows.map((window) => `${window.number} ${lastVerdict(window)}`).join(", ");
  return (
    <a class="strip" href={to("monitors", of.name)} aria-label={`windows ${words}`}>
      {windows.map((window) => {
        const [sign, tone] = signOf(lastVerdict(window));
        return (
          <i key={window.number} class={tone} title={`window ${window.number}: ${lastVerdict(window)}`}>
            {sign}
          </i>
        );
      })}
    </a>
  );
}

function Open({ of }: { of: Monitor }) {
  const open = of.alarms ?? [];
  if (!open.length) return <span class="soft">none</span>;
  const kinds = new Map<string, number>();
  for (const alarm of open) kinds.set(alarm.kind, (kinds.get(alarm.kind) ?? 0) + 1);
  return (
    <a class="bad" href={to("monitors", of.name, { alarm: open[0]!.id })}>
      ▲ {[...kinds].map(([kind, count]) => (count > 1 ? `${count} ${kind}` : kind)).join(", ")}
    </a>
  );
}
