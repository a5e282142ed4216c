// Releasing a version at an endpoint: which one, and how.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { Answered } from "../../parts/answer";
import { Dialog } from "../../parts/dialog";
import { Releasing } from "../../parts/releasing";
import { type Endpoint, liveOf } from "../../parts/stages";
import { refusal } from "../../state/me";

export function ReleaseButton({ endpoint, done }: { endpoint: Endpoint; done: () => void }) {
  const [open, setOpen] = useState(false);
  const refused = refusal("serving.release");
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Release…
      </button>
      {open && (
        <ReleaseDialog
          endpoint={endpoint}
          close={() => setOpen(false)}
          done={() => {
            setOpen(false);
            done();
          }}
        />
      )}
    </>
  );
}

function ReleaseDialog({ endpoint, close, done }: { endpoint: Endpoint; close: () => void; done: () => void }) {
  const versions = useAsk("registry.versions", { model: endpoint.model });
  const [chosen, setChosen] = useState("");
  const live = liveOf(endpoint);
  const all = versions.value ?? [];
  const version = all.find((one) => String(one.number) === chosen) ?? all.find((one) => one.stage === "approved") ?? all[0];
  return (
    <Dialog title={`Release a version at ${endpoint.name}`} close={close} wide>
      <Answered of={versions}>
        {() =>
          version ? (
            <Releasing {...{ endpoint, version, close, done }}>
              <label class="field">
                Version
                <select value={String(version.number)} onChange={(event) => setChosen(event.currentTarget.value)}>
                  {all.map((one) => (
                    <option key={one.number} value={String(one.number)}>
                      v{one.number}, {[...(one.aliases ?? []), one.stage].join(", ")}
                      {live?.version === one.number ? ", answers now" : ""}
                    </option>
                  ))}
                </select>
              </label>
            </Releasing>
          ) : (
            <p>
              {endpoint.model} has no version yet: <code>treadle models register {endpoint.model} --run RUN</code>
            </p>
          )
        }
      </Answered>
    </Dialog>
  );
}
