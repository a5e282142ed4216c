// What waits for a person's yes: the evidence, words, and yes or no, without leaving the page.
import { useState } from "preact/hooks";
import type { Name, Request, Schema } from "../../api/client";
import { usePerform } from "../../parts/act";
import { Subject } from "../../parts/mentions";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { Time } from "../../parts/time";
import { refusal } from "../../state/me";

type Again = { again: () => void };

export function VersionLine({ version, again }: { version: Schema<"WaitingVersion"> } & Again) {
  const gates = version.gates ?? [];
  return (
    <li class="todo asks">
      <Decide
        name="registry.decide"
        about={version.ref}
        needed
        request={(yes, words) => ({ ref: version.ref, decision: yes ? "yes" : "no", words })}
        again={again}
      />
      <i class="warn" aria-hidden="true">
        …
      </i>
      <div class="todo-words">
        <Subject of={`model:${version.ref}`}>{version.ref}</Subject> waits for a yes since <Time at={version.since} />{" "}
        <span class="soft">· made by {version.actor}</span>
        {version.run && (
          <>
            {" "}
            <Subject of={`run:${version.run}`}>run {version.run}</Subject>
          </>
        )}
        <Evidence gates={gates} />
      </div>
    </li>
  );
}

function Evidence({ gates }: { gates: readonly Schema<"GateResult">[] }) {
  const tested = gates.filter((gate) => gate.state !== "waiting");
  const passed = tested.filter((gate) => gate.state === "passed").length;
  if (!gates.length) return <p class="soft">no gate has looked at it</p>;
  return (
    <details>
      <summary>
        <b class={passed === tested.length ? "ok" : "bad"}>
          {passed === tested.length ? "✓" : "✕"} {passed} of {tested.length} gates passed
        </b>{" "}
        <span class="soft">{tested.find((gate) => gate.state !== "passed")?.sentence ?? tested[0]?.sentence}</span>
      </summary>
      <ul class="gates">
        {gates.map((gate) => (
          <li key={gate.gate}>
            <State is={gate.state} /> <b>{gate.gate}</b> <span class="soft">{gate.sentence}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function RunLine({ run, again }: { run: Schema<"WaitingRun"> } & Again) {
  return (
    <li class="todo asks">
      <Decide
        name="runs.decide"
        about={`run ${run.run}`}
        request={(yes, why) => ({ run: String(run.run), approve: yes, why })}
        again={again}
      />
      <i class="warn" aria-hidden="true">
        …
      </i>
      <div class="todo-words">
        <b>{run.step}</b> of <Subject of={`run:${run.root}`}>{`run ${run.root} ${run.pipeline}`}</Subject> waits for a yes since{" "}
        <Time at={run.since} />
        <p class="soft">
          asked for by {run.actor} · with a no, what stands behind it does not run (<Subject of={`run:${run.run}`}>run {run.run}</Subject>)
        </p>
      </div>
    </li>
  );
}

type DecideProps<N extends Name> = {
  name: N;
  about: string;
  /** There is no decision without words. */
  needed?: boolean;
  request: (yes: boolean, words: string) => Request<N>;
} & Again;

function Decide<N extends Name>({ name, about, needed = false, request, again }: DecideProps<N>) {
  const [words, setWords] = useState("");
  const { perform, busy, problem } = usePerform(name, again);
  const refused = refusal(name);
  const missing = needed && !words.trim();
  const why = refused || (missing ? "say why first" : "");
  return (
    <form class="todo-acts" onSubmit={(event) => event.preventDefault()}>
      <input
        value={words}
        disabled={!!refused}
        placeholder={needed ? "why (needed)" : "why"}
        aria-label={`why, for ${about}`}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <button
        type="button"
        class="primary"
        disabled={busy || !!why}
        title={why || `say yes to ${about}`}
        onClick={() => perform(request(true, words))}
      >
        Yes
      </button>
      <button
        type="button"
        class="danger"
        disabled={busy || !!why}
        title={why || `say no to ${about}`}
        onClick={() => perform(request(false, words))}
      >
        No
      </button>
      {problem && <ProblemBox problem={problem} />}
    </form>
  );
}
