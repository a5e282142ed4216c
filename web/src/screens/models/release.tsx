// Moves the traffic of an endpoint to this version: at once, or stage by stage under guardrails.
import { useState } from "preact/hooks";
import { usePerform } from "../../parts/act";
import { Empty } from "../../parts/answer";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { refusal } from "../../state/me";
import { inWords, type Stage, stages } from "./consequences";
import type { Endpoint, Version } from "./judging";

type Props = { version: Version; endpoints: readonly Endpoint[]; again: () => void };
const CAREFUL = "shadow:500rows 20%:1000rows+10m";

export function ReleaseAct({ version, endpoints, again }: Props) {
  const [open, setOpen] = useState(false);
  const mine = endpoints.filter((endpoint) => endpoint.model === version.model);
  const refused = refusal("serving.release");
  const close = () => setOpen(false);
  return (
    <>
      <button type="button" class="primary" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Release…
      </button>
      {open && (
        <Dialog title={`Release ${version.model} v${version.number}`} close={close}>
          {mine.length ? (
            <Releasing
              {...{ version, close }}
              endpoints={mine}
              done={() => {
                close();
                again();
              }}
            />
          ) : (
            <Empty
              title={`No endpoint answers for ${version.model} yet`}
              lines={[`treadle endpoints declare NAME --model ${version.model}`]}
            >
              An endpoint is an address; a release says what answers there.
            </Empty>
          )}
        </Dialog>
      )}
    </>
  );
}

type ReleasingProps = { version: Version; endpoints: readonly Endpoint[]; close: () => void; done: () => void };

function Releasing({ version, endpoints, close, done }: ReleasingProps) {
  const [name, setName] = useState(endpoints[0]!.name);
  const [text, setText] = useState(CAREFUL);
  const [override, setOverride] = useState("");
  const { perform, busy, problem } = usePerform("serving.release", done);
  const endpoint = endpoints.find((one) => one.name === name)!;
  const { plan, wrong } = planned(text);
  const trusted = version.stage === "approved";
  const live = endpoint.revisions?.find((revision) => revision.role === "live");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (plan) perform({ endpoint: name, ref: `${version.model}@v${version.number}`, stages: plan, override });
      }}
    >
      <label class="field">
        Endpoint
        <select value={name} onChange={(event) => setName(event.currentTarget.value)}>
          {endpoints.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </select>
      </label>
      <label class="field">
        Stages, none for all at once
        <input class="mono" value={text} placeholder={CAREFUL} spellcheck={false} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {wrong && (
        <p class="bad">
          ✕ {wrong}: write {CAREFUL}
        </p>
      )}
      <div class="consequence">
        {plan && `v${version.number} rolls out: ${inWords(plan)}`}
        {live ? `, in place of v${live.version}, which stays ready to go back to.` : "; nothing answers there yet."}{" "}
        {endpoint.rollout && endpoint.rollout.state === "running" && "The rollout that is under way is replaced. "}
        {plan?.length ? "Guardrails take it back by themselves when it does harm." : ""}
      </div>
      {!trusted && (
        <label class="field">
          <span class="bad">
            ! v{version.number} is {version.stage}, not approved: why release it all the same? The words are recorded as an override.
          </span>
          <textarea rows={2} required value={override} onInput={(event) => setOverride(event.currentTarget.value)} />
        </label>
      )}
      {problem && <ProblemBox problem={problem} />}
      <Foot close={close} off={busy || !plan || (!trusted && !override.trim())} kind={trusted ? "primary" : "danger"}>
        Release to {name}
      </Foot>
    </form>
  );
}

function planned(text: string): { plan?: Stage[]; wrong?: string } {
  try {
    return { plan: stages(text) };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}
