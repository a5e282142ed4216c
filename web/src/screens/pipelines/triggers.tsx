// Triggers: what they wait for, what they did and why, and how to hold them.
import { type Asked, useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Act } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { to, toJournal } from "../../state/paths";
import { useParam } from "../../state/url";

export type Trigger = Answer<"triggers.get">;

/** The pipeline or step that a trigger runs, if it runs one. */
export function of(trigger: Trigger): string | null {
  for (const act of trigger.declared.do) if (act.act === "run") return act.submission.definition.name;
  return null;
}

export function Triggers({ asked, only }: { asked: Asked<Trigger[]>; only?: (trigger: Trigger) => boolean }) {
  const [chosen, choose] = useParam("trigger");
  return (
    <Answered of={asked}>
      {(all) => {
        const list = only ? all.filter(only) : all;
        const open = all.find((one) => one.name === chosen);
        return list.length || open ? (
          <div class="stack">
            <Table
              label="triggers"
              rows={list}
              columns={columns(asked.again)}
              keyOf={(one) => one.name}
              tone={(one) => (one.name === chosen ? "at" : "")}
            />
            {open && <OneTrigger trigger={open} close={() => choose("")} />}
          </div>
        ) : (
          <Empty title="Nothing happens by itself" lines={["treadle apply loop.py"]}>
            A trigger is declared in Python beside the pipelines, or made on a monitor's page.
          </Empty>
        );
      }}
    </Answered>
  );
}

function columns(again: () => void): Column<Trigger>[] {
  return [
    {
      key: "name",
      title: "trigger",
      width: 150,
      cell: (one) => <a href={to("pipelines", undefined, { trigger: one.name })}>{one.name}</a>,
      text: (one) => one.name,
    },
    { key: "state", title: "state", width: 100, cell: (one) => <State is={one.state} title={one.note} />, text: (one) => one.state },
    {
      key: "sentence",
      title: "when and what",
      cell: (one) => <span title={one.sentence}>{one.sentence}</span>,
      text: (one) => one.sentence,
    },
    { key: "next", title: "next", width: 110, cell: (one) => <Time at={one.next_at} />, text: (one) => one.next_at },
    {
      key: "last",
      title: "last fired",
      width: 110,
      cell: (one) => <Time at={one.firings?.[0]?.at} />,
      text: (one) => one.firings?.[0]?.at,
    },
    {
      key: "act",
      title: "",
      width: 190,
      cell: (one) => (
        <span class="row">
          <Act
            name="triggers.pause"
            request={() => ({ trigger: one.name, paused: one.state !== "paused" })}
            label={one.state === "paused" ? "Go on" : "Pause"}
            done={again}
          />
          <Act
            name="triggers.remove"
            request={() => ({ trigger: one.name })}
            label="Remove"
            kind="danger"
            title={`Remove the trigger ${one.name}?`}
            consequence={`From now on nothing follows by itself: ${one.sentence}. What it did stays on record; treadle apply brings it back.`}
            done={again}
          />
        </span>
      ),
    },
  ];
}

function OneTrigger({ trigger, close }: { trigger: Trigger; close: () => void }) {
  const firings = useAsk("triggers.firings", { trigger: trigger.name, limit: 50 }, { news: ["trigger."] });
  const test = useAsk("triggers.test", { trigger: trigger.name });
  return (
    <Panel
      title={trigger.name}
      note={trigger.sentence}
      actions={
        <button type="button" class="quiet" aria-label="close the trigger" onClick={close}>
          ✕
        </button>
      }
    >
      <div class="stack">
        {trigger.note && <p class="warn">{trigger.note}</p>}
        <details>
          <summary>What would it do now?</summary>
          <Answered of={test}>{(told) => <pre>{JSON.stringify(told, null, 2)}</pre>}</Answered>
        </details>
        <Answered of={firings}>
          {(list) =>
            list.length ? (
              <ol class="firings">
                {list.map((firing) => (
                  <li key={firing.id}>
                    <State is={firing.state} /> <Time at={firing.at} /> <Mentions text={firing.why} />{" "}
                    {firing.fired != null && (
                      <a class="said" href={toJournal({ entry: firing.fired })}>
                        what it caused
                      </a>
                    )}
                  </li>
                ))}
              </ol>
            ) : (
              <p class="soft">It has not fired yet.</p>
            )
          }
        </Answered>
      </div>
    </Panel>
  );
}
