// A new token, and its secret, which is shown once. The first token closes the door: it is an admin's, and signs this browser in.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { problemOf } from "../../api/ask";
import { type Answer, call, type Problem } from "../../api/client";
import { Copy } from "../../parts/copy";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { signIn } from "../../state/me";

const ROLES = [
  ["reader", "reader: sees everything, changes nothing"],
  ["member", "member: runs, registers, comments"],
  ["approver", "approver: a member who also approves and releases"],
  ["worker", "worker: a machine that performs runs"],
  ["admin", "admin: everything, tokens included"],
] as const;

/** Outside of the components: the screen may be taken away while the door closes, and the secret must not go with it. */
const made = signal<Answer<"access.add_token"> | null>(null);

/** `first`: there is no token yet. */
export function AddToken({ first, done }: { first: boolean; done: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        Add a token…
      </button>
      {asking && (
        <Asking
          first={first}
          close={() => setAsking(false)}
          done={() => {
            setAsking(false);
            done();
          }}
        />
      )}
      {made.value && <Secret of={made.value} close={() => (made.value = null)} />}
    </>
  );
}

function Secret({ of, close }: { of: Answer<"access.add_token">; close: () => void }) {
  return (
    <Dialog title={`The secret of ${of.token.name}`} close={close}>
      <div class="stack">
        <p>It is shown now and never again:</p>
        <p>
          <code class="secret">{of.secret}</code> <Copy text={of.secret} />
        </p>
        <p class="soft">export TREADLE_TOKEN=… for programs; a browser asks for it when somebody signs in.</p>
      </div>
    </Dialog>
  );
}

function Asking({ first, close, done }: { first: boolean; close: () => void; done: () => void }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const submit = async (event: Event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    const { name = "", actor, days, role = "admin" } = given;
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await call("access.add_token", { name, role, ...(actor && { actor }), ...(days && { days: Number(days) }) });
      made.value = answer;
      if (first) await signIn(answer.secret);
      done();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title="A new token" close={close}>
      <form onSubmit={submit}>
        {first && (
          <p class="consequence">
            The first token closes the door: from now on everybody needs one, programs too. It is an admin's, and this browser is signed in
            with it.
          </p>
        )}
        <label class="field">
          Name
          <input name="name" required autocomplete="off" />
        </label>
        <label class="field">
          Who stands in the journal for what is done with it (the name, if left empty)
          <input name="actor" autocomplete="off" />
        </label>
        {!first && (
          <label class="field">
            Role
            <select name="role">
              {ROLES.map(([role, words]) => (
                <option key={role} value={role} selected={role === "member"}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        )}
        <label class="field">
          Days until it expires (never, if left empty)
          <input name="days" type="number" min="0" step="any" />
        </label>
        {problem && <ProblemBox problem={problem} />}
        <Foot close={close} off={busy}>
          Make it
        </Foot>
      </form>
    </Dialog>
  );
}
