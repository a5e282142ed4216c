// Makes a version of a model out of what a run gave.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../../api/ask";
import { freshKey } from "../../api/fresh";
import { usePerform } from "../../parts/act";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { size } from "../../parts/words";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import type { Run } from "./index";

export function RegisterAct({ run }: { run: Run }) {
  const [asking, setAsking] = useState(false);
  const refused = refusal("registry.register");
  return (
    <>
      <button
        type="button"
        disabled={!!refused}
        title={refused || "an output becomes a version of a model"}
        onClick={() => setAsking(true)}
      >
        Register
      </button>
      {asking && (
        <Dialog title={`Register what run ${run.id} gave`} close={() => setAsking(false)}>
          <Registering run={run} close={() => setAsking(false)} />
        </Dialog>
      )}
    </>
  );
}

function Registering({ run, close }: { run: Run; close: () => void }) {
  const { route } = useLocation();
  const models = useAsk("registry.models", {});
  const outputs = run.outputs ?? [];
  const [output, setOutput] = useState(outputs.find((one) => one.name === "result")?.name ?? outputs[0]!.name);
  const [model, setModel] = useState("");
  const [label, setLabel] = useState("");
  const { perform, busy, problem } = usePerform("registry.register", (made) => route(to("models", made.model, { v: made.number })));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        perform({ model: model.trim(), run: run.id, output, key: freshKey(), ...(label ? { label } : {}) });
      }}
    >
      <label class="field">
        Output
        <select value={output} onChange={(event) => setOutput(event.currentTarget.value)}>
          {outputs.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name} ({one.format}, {size(one.size)})
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Model
        <input
          list="models"
          required
          value={model}
          placeholder="a model, or a new name"
          onInput={(event) => setModel(event.currentTarget.value)}
        />
        <datalist id="models">
          {(models.value ?? []).map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
      </label>
      <label class="field">
        Label, when it should have one
        <input value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
      </label>
      <div class="consequence">
        It becomes a candidate: its gates are asked when it is checked, and nothing answers with it before that.
      </div>
      {problem && <ProblemBox problem={problem} />}
      <Foot close={close} off={busy}>
        Register
      </Foot>
    </form>
  );
}
