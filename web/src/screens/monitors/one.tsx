// One monitor: what drifted, how good the predictions were, the alarms and what was done about them.
import { useAsk } from "../../api/ask";
import { Act } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Page, Panel, Tabs } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { Raw } from "../../parts/raw";
import { State } from "../../parts/state";
import { StoryOf } from "../../parts/story";
import { count } from "../../parts/words";
import { to } from "../../state/paths";
import { useParam } from "../../state/url";
import { Alarms } from "./alarms";
import { Compare } from "./compare";
import { PerformanceChart } from "./performance";
import type { Alarm, Monitor, Window } from "./reading";
import { EditSettings, settingsWords } from "./settings";
import { Strip } from "./strip";
import { TriggersHere } from "./triggers";
import { Windows } from "./windows";

const NEWS = ["monitor.", "alarm."];
const SPANS = [
  ["15", "15 windows"],
  ["30", "30 windows"],
  ["60", "60 windows"],
  ["120", "120 windows"],
] as const;

export function OneMonitor({ name }: { name: string }) {
  const [span] = useParam("n", "30");
  const concerns = (entry: { subject: string }) => entry.subject === `monitor:${name}`;
  const asked = useAsk("monitoring.monitor", { monitor: name }, { news: NEWS, concerns });
  const past = useAsk("monitoring.windows", { monitor: name, limit: Number(span) || 30 }, { news: NEWS, concerns, keep: true });
  const alarms = useAsk("monitoring.alarms", { monitor: name, limit: 200 }, { news: NEWS, concerns });
  const again = () => {
    asked.again();
    past.again();
    alarms.again();
  };
  const monitor = asked.value;
  return (
    <Page
      title={name}
      lead={monitor && <Lead of={monitor} />}
      actions={monitor && <Actions of={monitor} again={again} />}
      says={{ cli: `treadle monitors show ${name}`, python: pythonLine(name) }}
    >
      <Answered of={asked}>
        {(one) => (
          <Answered of={past}>
            {(newest) => (
              <Answered of={alarms}>{(found) => <Body of={one} windows={[...newest].reverse()} alarms={found} again={again} />}</Answered>
            )}
          </Answered>
        )}
      </Answered>
    </Page>
  );
}

function pythonLine(name: string): string {
  return [
    "from treadle.contract.monitoring import ListWindows, list_windows",
    "from treadle.sdk.client import connect",
    "",
    "with connect() as client:",
    `    print(client(list_windows, ListWindows(monitor="${name}")))`,
  ].join("\n");
}

function Lead({ of }: { of: Monitor }) {
  const open = of.alarms?.length ?? 0;
  return (
    <>
      <State is={of.state} />
      <span>
        watches <a href={to("endpoints", of.endpoint)}>{of.endpoint}</a>
      </span>
      {open ? <span class="bad">▲ {count(open, "open alarm")}</span> : <span class="ok">✓ no open alarm</span>}
      <span>
        {of.useful ?? 0} useful, {of.noise ?? 0} noise
      </span>
    </>
  );
}

function Actions({ of, again }: { of: Monitor; again: () => void }) {
  const paused = of.state === "paused";
  return (
    <>
      <Act
        name="monitoring.look"
        request={() => ({ monitor: of.name })}
        label="Look now"
        hint="judge whatever is due: complete windows, and labels that have come"
        done={again}
      />
      <Act
        name="monitoring.pause"
        request={() => ({ monitor: of.name, paused: !paused })}
        label={paused ? "Resume" : "Pause"}
        title={paused ? `Go on watching ${of.endpoint}` : `Pause ${of.name}`}
        consequence={
          paused
            ? "What has arrived in the meantime is looked at."
            : "No window is judged and no alarm opens or closes until it goes on; what arrives is looked at then."
        }
        done={again}
      />
      <EditSettings monitor={of} done={again} />
    </>
  );
}

type Seen = { of: Monitor; windows: readonly Window[]; alarms: readonly Alarm[]; again: () => void };

function Body({ of, windows, alarms, again }: Seen) {
  return (
    <Tabs
      tabs={[
        { name: "overview", label: "Overview", body: () => <Overview {...{ of, windows, alarms, again }} /> },
        { name: "why", label: "Why", body: () => <Why of={of} alarms={alarms} /> },
        { name: "compare", label: "Compare", body: () => <Compare of={of} windows={windows} /> },
        {
          name: "raw",
          label: "Raw",
          body: () => <Raw value={of} cli={`treadle monitors show ${of.name}`} python={pythonLine(of.name)} />,
        },
      ]}
    />
  );
}

function Overview({ of, windows, alarms, again }: Seen) {
  const [span, choose] = useParam("n", "30");
  if (!windows.length)
    return (
      <Empty title="No window is complete yet" lines={[`treadle monitors look ${of.name}`, `treadle monitors look ${of.name} --close`]}>
        {settingsWords(of.settings).join("; ")}. The second line judges the last window as it is.
      </Empty>
    );
  return (
    <div class="stack">
      <Strip
        of={of}
        windows={windows}
        alarms={alarms}
        choice={<Choice label="the last" value={span} options={SPANS} choose={(value) => choose(value)} />}
      />
      <PerformanceChart of={of} windows={windows} />
      <Alarms of={of} alarms={alarms} again={again} />
      <TriggersHere of={of} />
      <Windows of={of} windows={windows} />
      <Panel title="Settings" note="what is watched, and when a window is bad">
        <ul class="plain-list">
          {settingsWords(of.settings).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

/** Why it is as it is: the chain of an alarm, of the newest one unless another is chosen. */
function Why({ of, alarms }: { of: Monitor; alarms: readonly Alarm[] }) {
  const [chosen, choose] = useParam("alarm", String(alarms[0]?.id ?? ""));
  if (!alarms.length)
    return (
      <div class="stack">
        <p class="soft">{of.name} has opened no alarm. Why its endpoint answers as it does:</p>
        <StoryOf subject={`endpoint:${of.endpoint}`} />
      </div>
    );
  const options = alarms.map(
    (one) => [String(one.id), `alarm ${one.id}, ${one.kind}${one.slice ? ` of ${one.slice}` : ""}, ${one.state}`] as const,
  );
  return (
    <div class="stack">
      <Choice label="because of" value={chosen} options={options} choose={(value) => choose(value)} />
      <StoryOf subject={`alarm:${chosen}`} />
    </div>
  );
}
