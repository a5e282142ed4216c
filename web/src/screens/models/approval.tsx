// A person's yes or no, with words, beside the evidence it is about. What follows a yes is said before it is given.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { Time } from "../../parts/time";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import { hearing } from "./consequences";
import type { Gate, Version } from "./judging";

type Props = { version: Version; again: () => void };

export function Approval({ version, again }: Props) {
  return (
    <div class="approval">
      {(version.approvals ?? []).map((one) => (
        <p key={one.at}>
          <State is={one.decision === "yes" ? "approved" : "rejected"} /> by <b>{one.actor}</b> <Time at={one.at} />
          {one.overridden && <span class="chip warn">! although gates had failed</span>}
          <br />“{one.words}”
        </p>
      ))}
      <Deciding key={`${version.number} ${version.stage}`} {...{ version, again }} />
    </div>
  );
}

/** What may be said of a version in its stage. */
function Deciding({ version, again }: Props) {
  const { stage } = version;
  const waits = (version.gates ?? []).filter((gate) => gate.state === "waiting" && gate.kind === "approval");
  if (stage === "waiting") return <Box {...{ version, again, waits }} yes no />;
  if (stage === "candidate")
    return <Box {...{ version, again, waits }} yes no note="No gate has spoken for it: a yes approves it on your word alone." />;
  if (stage === "approved") {
    return (
      <details>
        <summary>Reject it after all</summary>
        <Box
          {...{ version, again, waits }}
          no
          note="It may not become champion or be released any more. What answers with it goes on until it is replaced."
        />
      </details>
    );
  }
  return (
    <details>
      <summary>{stage === "rejected" ? "Let it through after all" : "Let it through although gates failed"}</summary>
      <Box {...{ version, again, waits }} yes override no={stage !== "rejected"} />
    </details>
  );
}

type BoxProps = Props & { waits: readonly Gate[]; yes?: boolean; no?: boolean; override?: boolean; note?: string };

function Box({ version, again, waits, yes, no, override, note }: BoxProps) {
  const ref = `${version.model}@v${version.number}`;
  const [words, setWords] = useState("");
  const [gate, setGate] = useState("");
  const { perform, busy, problem } = usePerform("registry.decide", again);
  const refused = refusal("registry.decide");
  const decide = (decision: string) => perform({ ref, decision, words, gate, override: !!override && decision === "yes" });
  return (
    <form class="deciding" onSubmit={(event) => event.preventDefault()}>
      {waits.map((one) => (
        <p key={one.gate}>
          <State is="waiting" /> <b>{one.gate}</b> <span class="soft">{one.sentence}</span>
        </p>
      ))}
      {note && <p class="consequence">{note}</p>}
      {override && (
        <p class="consequence">
          <b>This is an override.</b> {failures(version)} The version will say for good that it was let through, by whom and why.
        </p>
      )}
      {yes && <Follows model={version.model} />}
      {waits.length > 1 && (
        <label class="choice">
          <span class="soft">the word is about</span>
          <select value={gate} onChange={(event) => setGate(event.currentTarget.value)}>
            <option value="">all that wait</option>
            {waits.map((one) => (
              <option key={one.gate}>{one.gate}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        Why
        <textarea rows={2} value={words} required onInput={(event) => setWords(event.currentTarget.value)} />
      </label>
      {problem && <ProblemBox problem={problem} />}
      {refused && <p class="warn">! {refused}</p>}
      <div class="row">
        {yes && (
          <button
            type="button"
            class={override ? "danger" : "primary"}
            disabled={busy || !words.trim() || !!refused}
            onClick={() => decide("yes")}
          >
            {override ? "Yes, override" : "Yes, approve"}
          </button>
        )}
        {no && (
          <button type="button" class="danger" disabled={busy || !words.trim() || !!refused} onClick={() => decide("no")}>
            No, reject
          </button>
        )}
        {!words.trim() && <span class="soft">a decision needs words</span>}
      </div>
    </form>
  );
}

function failures(version: Version): string {
  const broken = (version.gates ?? []).filter((gate) => gate.state === "failed" || gate.state === "error");
  if (!broken.length) return version.stage === "rejected" ? "It was rejected." : "";
  return `It did not pass: ${broken.map((gate) => gate.gate).join(", ")}.`;
}

/** The triggers that a yes sets off. */
function Follows({ model }: { model: string }) {
  const triggers = useAsk("triggers.list", {});
  const heard = hearing(triggers.value ?? [], "version.approved", model);
  if (!triggers.value) return null;
  if (!heard.length) return <p class="soft">A yes releases nothing: no trigger waits for it.</p>;
  return (
    <div class="consequence">
      A yes sets off{" "}
      {heard.map((trigger) => (
        <span key={trigger.name}>
          <a class="said" href={to("pipelines", undefined, { trigger: trigger.name })}>
            {trigger.name}
          </a>
          : {trigger.sentence}
        </span>
      ))}
    </div>
  );
}
