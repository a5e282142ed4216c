// Monitors: is the world still as it was in training.

import { useEffect } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { Page } from "../../parts/page";
import { to } from "../../state/paths";
import { MonitorTable } from "./list";
import "./monitors.css";
import { OneMonitor } from "./one";

export default function Monitors() {
  const { params } = useRoute();
  const { query } = useLocation();
  if (params.name) return <OneMonitor key={params.name} name={params.name} />;
  return query.alarm ? <OfAlarm alarm={query.alarm} /> : <All />;
}

function All() {
  const asked = useAsk("monitoring.monitors", {}, { news: ["monitor.", "alarm."] });
  return (
    <Page
      title="Monitors"
      says={{
        cli: "treadle monitors",
        python:
          "from treadle.contract.monitoring import ListMonitors, list_monitors\nfrom treadle.sdk.client import connect\n\nwith connect() as client:\n    print(client(list_monitors, ListMonitors()))",
      }}
    >
      <Answered of={asked}>
        {(all) =>
          all.length ? (
            <MonitorTable all={all} />
          ) : (
            <Empty
              title="Nothing is watched yet"
              lines={["treadle monitors declare NAME --endpoint ENDPOINT --seconds 1d", "treadle monitors look NAME"]}
            >
              A monitor judges one window of an endpoint's predictions after the other against what the model was trained on.
            </Empty>
          )
        }
      </Answered>
    </Page>
  );
}

/** `?alarm=ID`: opens that alarm at its monitor. */
function OfAlarm({ alarm }: { alarm: string }) {
  const { route } = useLocation();
  const asked = useAsk("monitoring.alarms", { limit: 1000 });
  const found = asked.value?.find((one) => String(one.id) === alarm);
  useEffect(() => {
    if (found) route(to("monitors", found.monitor, { alarm }), true);
  }, [found?.monitor]);
  return (
    <Page title={`Alarm ${alarm}`} says={{ cli: "treadle monitors alarms --all" }}>
      <Answered of={asked}>
        {() =>
          found ? null : (
            <Empty title={`There is no alarm ${alarm} in this project`} lines={["treadle monitors alarms --all"]}>
              It may belong to another project, or its monitor was removed.
            </Empty>
          )
        }
      </Answered>
    </Page>
  );
}
