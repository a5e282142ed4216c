// Moves the traffic of an endpoint to this version: at which endpoint, and how.
import { useState } from "preact/hooks";
import { Empty } from "../../parts/answer";
import { Dialog } from "../../parts/dialog";
import { Releasing } from "../../parts/releasing";
import { refusal } from "../../state/me";
import type { Endpoint, Version } from "./judging";

type Props = { version: Version; endpoints: readonly Endpoint[]; again: () => void };

export function ReleaseAct({ version, endpoints, again }: Props) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const mine = endpoints.filter((endpoint) => endpoint.model === version.model);
  const endpoint = mine.find((one) => one.name === name) ?? mine[0];
  const refused = refusal("serving.release");
  const close = () => setOpen(false);
  const done = () => {
    close();
    again();
  };
  return (
    <>
      <button type="button" class="primary" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Release…
      </button>
      {open && (
        <Dialog title={`Release ${version.model} v${version.number}`} close={close} wide>
          {endpoint ? (
            <Releasing key={endpoint.name} {...{ endpoint, version, close, done }}>
              <label class="field">
                Endpoint
                <select value={endpoint.name} onChange={(event) => setName(event.currentTarget.value)}>
                  {mine.map((one) => (
                    <option key={one.name}>{one.name}</option>
                  ))}
                </select>
              </label>
            </Releasing>
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
