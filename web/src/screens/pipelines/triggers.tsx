// Triggers: what they wait for, when they come next, what they did; making, changing, holding and removing them.
import { useEffect, useRef } from "preact/hooks";
import { type Asked, useAsk } from "../../api/ask";
import { Act } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { changed, useQuery } from "../../state/url";
import { comesAt, type Trigger } from "./declaring";
import { ChangeButton, MakeButtons } from "./making";
import { OneTrigger, RemovedTrigger } from "./trigger";

const AGAIN = 5000; // milliseconds

type Props = {
  asked: Asked<Trigger[]>;
  only?: (trigger: Trigger) => boolean;
  /** What a new one is to run. */
  pipeline?: string;
};

/** The address names the trigger that is open, or one of its firings. */
export function Triggers({ asked, only, pipeline }: Props) {
  const { query, change } = useQuery();
  const firing = query.firing ?? "";
  const told = useAsk("triggers.why", /^\d+$/.test(firing) ? { firing: Number(firing) } : null);
  const name = query.trigger || told.value?.firing.trigger;
  useAgain(!!name, asked.again);
  return (
    <Answered of={asked}>
      {(all) => {
        const list = only ? all.filter(only) : all;
        const open = all.find((one) => one.name === name);
        return (
          <div class="stack">
            <p class="row">
              <MakeButtons all={all} pipeline={pipeline} again={asked.again} />
            </p>
            {list.length > 0 && (
              <Table
                label="triggers"
                rows={list}
                columns={columns(name, asked.again)}
                keyOf={(one) => one.name}
                open={(one) => pathTo(one, name)}
                tone={(one) => (one.name === name ? "at" : "")}
              />
            )}
            {!list.length && !open && (
              <Empty title="Nothing happens by itself" lines={["treadle apply loop.py"]}>
                A trigger is made here, or declared in Python beside the pipelines.
              </Empty>
            )}
            {told.problem && <ProblemBox problem={told.problem} />}
            {open && (
              <OneTrigger
                key={open.name}
                trigger={open}
                firing={told.value?.firing.trigger === open.name ? firing : ""}
                choose={(one) => change({ trigger: open.name, firing: one })}
                close={() => change({ trigger: null, firing: null })}
              />
            )}
            {!open && told.value && <RemovedTrigger told={told.value} close={() => change({ firing: null })} />}
            {!open && query.trigger && <p class="warn">There is no trigger {query.trigger} now.</p>}
          </div>
        );
      }}
    </Answered>
  );
}

/** A wait for the clock while a trigger is looked at: that it passed news over, or did not act, is on record without news of its own. */
function useAgain(open: boolean, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => !document.hidden && latest.current(), AGAIN);
    return () => clearInterval(timer);
  }, [open]);
}

/** Opens a trigger beneath the table, or closes the one that is open. */
function pathTo(trigger: Trigger, open: string | undefined): string {
  return changed(location.pathname, location.search, { trigger: trigger.name === open ? null : trigger.name, firing: null });
}

function columns(open: string | undefined, again: () => void): Column<Trigger>[] {
  return [
    {
      key: "name",
      title: "trigger",
      width: 160,
      cell: (one) => (
        <a href={pathTo(one, open)} aria-expanded={one.name === open}>
          <span aria-hidden="true">{one.name === open ? "▾" : "▸"}</span> {one.name}
        </a>
      ),
      text: (one) => one.name,
    },
    { key: "state", title: "state", width: 90, cell: (one) => <State is={one.state} title={one.note} />, text: (one) => one.state },
    {
      key: "sentence",
      title: "when and what",
      cell: (one) => <span title={one.sentence}>{one.sentence}</span>,
      text: (one) => one.sentence,
    },
    { key: "next", title: "next", width: 90, cell: (one) => <Time at={comesAt(one)} />, text: comesAt },
    {
      key: "last",
      title: "last time",
      width: 160,
      cell: (one) => {
        const last = one.firings?.[0];
        return last ? (
          <span class="row">
            <State is={last.state} title={last.why} /> <Time at={last.at} />
          </span>
        ) : (
          <span class="soft">never</span>
        );
      },
      text: (one) => one.firings?.[0]?.at,
    },
    {
      key: "act",
      title: "",
      width: 270,
      cell: (one) => (
        <span class="row">
          <Act
            name="triggers.pause"
            request={() => ({ trigger: one.name, paused: one.state !== "paused" })}
            label={one.state === "paused" ? "Go on" : "Pause"}
            hint={one.state === "paused" ? "it begins at what is news from now on" : "news that come meanwhile are passed over"}
            done={again}
          />
          <ChangeButton trigger={one} again={again} />
          <Act
            name="triggers.remove"
            request={() => ({ trigger: one.name })}
            label="Remove"
            kind="danger"
            title={`Remove the trigger ${one.name}?`}
            consequence={`From now on nothing follows by itself: ${one.sentence}. What it did stays on record${one.declared.file ? `; treadle apply ${one.declared.file} brings it back` : ""}.`}
            done={again}
          />
        </span>
      ),
    },
  ];
}
