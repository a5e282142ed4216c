// Alarms: what they say, what was done about them, and what people say of them.
import { useEffect, useRef, useState } from "preact/hooks";
import { usePerform } from "../../parts/act";
import { Dialog, Foot } from "../../parts/dialog";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { StoryOf } from "../../parts/story";
import { Time } from "../../parts/time";
import { took } from "../../parts/words";
import { refusal } from "../../state/me";
import { useParam } from "../../state/url";
import type { Alarm, Monitor } from "./reading";

const FEW = 8;

export function Alarms({ of, alarms, again }: { of: Monitor; alarms: readonly Alarm[]; again: () => void }) {
  const [chosen, choose] = useParam("alarm");
  const [which, setWhich] = useParam("alarms");
  const open = alarms.filter((one) => one.state === "open");
  const ordered = [...open, ...alarms.filter((one) => one.state !== "open")];
  const shown = which === "all" ? ordered : ordered.filter((one, at) => at < FEW || String(one.id) === chosen);
  return (
    <Panel title="Alarms" note={alarms.length ? `${open.length} open, ${alarms.length - open.length} closed` : "none so far"}>
      {shown.map((one) => (
        <Row
          key={one.id}
          alarm={one}
          chosen={String(one.id) === chosen}
          choose={() => choose(String(one.id) === chosen ? "" : String(one.id), true)}
          again={again}
        />
      ))}
      {!alarms.length && (
        <p class="soft">
          An alarm opens after {of.settings.open ?? 2} bad windows of the last {of.settings.among ?? 3}.
        </p>
      )}
      {ordered.length > shown.length && (
        <button type="button" class="quiet" onClick={() => setWhich("all")}>
          all {ordered.length} alarms
        </button>
      )}
    </Panel>
  );
}

function Row({ alarm, chosen, choose, again }: { alarm: Alarm; chosen: boolean; choose: () => void; again: () => void }) {
  const row = useRef<HTMLDivElement>(null);
  const state = alarm.state === "open" && alarm.acknowledged_by ? "acknowledged" : alarm.state;
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={row} class={chosen ? "alarm-row chosen" : "alarm-row"} id={`alarm-${alarm.id}`}>
      <div>
        <div class="row">
          <State is={state} />
          <b>
            alarm {alarm.id}: {alarm.kind}
            {alarm.slice ? ` of ${alarm.slice}` : ""}
          </b>
          <span class={alarm.severity === "page" ? "" : "soft"}>{alarm.severity}</span>
          <span class="soft">
            opened <Time at={alarm.opened_at} />
            {alarm.closed_at ? `, open for ${took(alarm.closed_at - alarm.opened_at)}` : ""}
          </span>
          {alarm.useful != null && <span class="chip">{alarm.useful ? "✓ useful" : "✕ noise"}</span>}
        </div>
        <p class="sentence">{alarm.sentence}</p>
        {alarm.closing && <p class="soft">closed: {alarm.closing}</p>}
        {alarm.acknowledged_by && (
          <p class="soft">
            {alarm.acknowledged_by}: {alarm.words || "seen"}
          </p>
        )}
      </div>
      <div class="row">
        <button type="button" aria-expanded={chosen} onClick={choose}>
          What was done
        </button>
        <Acknowledge alarm={alarm} done={again} />
      </div>
      {chosen && (
        <div class="below">
          <StoryOf subject={`alarm:${alarm.id}`} facts={false} />
        </div>
      )}
    </div>
  );
}

function Acknowledge({ alarm, done }: { alarm: Alarm; done: () => void }) {
  const [open, setOpen] = useState(false);
  const [words, setWords] = useState("");
  const [useful, setUseful] = useState(alarm.useful == null ? "" : alarm.useful ? "useful" : "noise");
  const [close, setClose] = useState(false);
  const { perform, busy, problem } = usePerform("monitoring.acknowledge", () => {
    setOpen(false);
    done();
  });
  const refused = refusal("monitoring.acknowledge");
  const submit = (event: Event) => {
    event.preventDefault();
    perform({ alarm: alarm.id, words, close, useful: useful === "" ? null : useful === "useful" });
  };
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        {alarm.state === "open" ? "Acknowledge" : "Say something"}
      </button>
      {open && (
        <Dialog title={`Alarm ${alarm.id}: ${alarm.kind} of ${alarm.monitor}`} close={() => setOpen(false)}>
          <form onSubmit={submit}>
            <p>{alarm.sentence}</p>
            <label class="field">
              What you have to say about it
              <textarea rows={3} value={words} onInput={(event) => setWords(event.currentTarget.value)} />
            </label>
            <fieldset class="row">
              <legend class="soft">was it worth having?</legend>
              {(
                [
                  ["", "not said"],
                  ["useful", "✓ useful"],
                  ["noise", "✕ noise"],
                ] as const
              ).map(([value, label]) => (
                <label key={value}>
                  <input type="radio" name="useful" value={value} checked={useful === value} onChange={() => setUseful(value)} /> {label}
                </label>
              ))}
            </fieldset>
            {alarm.state === "open" && (
              <label class="field-line">
                <input type="checkbox" checked={close} onChange={(event) => setClose(event.currentTarget.checked)} /> close it: it opens
                again only when windows from now on are bad
              </label>
            )}
            {problem && <ProblemBox problem={problem} />}
            <Foot close={() => setOpen(false)} off={busy}>
              {close ? "Acknowledge and close" : "Acknowledge"}
            </Foot>
          </form>
        </Dialog>
      )}
    </>
  );
}
