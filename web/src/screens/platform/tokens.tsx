// Who may: tokens and their roles. A secret is shown once; a revoked token is refused from now on.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Answer, Schema } from "../../api/client";
import { Act, usePerform } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Copy } from "../../parts/copy";
import { Dialog, Foot } from "../../parts/dialog";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { me, refusal } from "../../state/me";
import { toJournal } from "../../state/paths";

type Token = Schema<"Token">;

const ROLES = [
  ["reader", "reader: sees everything, changes nothing"],
  ["member", "member: runs, registers, comments"],
  ["approver", "approver: a member who also approves and releases"],
  ["worker", "worker: a machine that performs runs"],
  ["admin", "admin: everything, tokens included"],
] as const;

export function Tokens() {
  const refused = refusal("access.tokens");
  const tokens = useAsk("access.tokens", refused ? null : {}, { news: ["token."] });
  if (refused) {
    return (
      <Panel title="Who may">
        <p>
          You are <b>{me.value?.actor}</b> with the role <b>{me.value?.role}</b>. Tokens are shown to admins: {refused}.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Tokens" note="without any, this server answers its own machine alone" actions={<AddToken done={tokens.again} />}>
      <Answered of={tokens}>
        {(list) =>
          list.length ? (
            <Table label="tokens" rows={list} columns={COLUMNS(tokens.again)} keyOf={(token) => token.name} file="tokens" />
          ) : (
            <Empty title="Nobody needs a token" lines={["treadle tokens add ada --role member"]}>
              The first token closes the door: from then on everybody needs one.
            </Empty>
          )
        }
      </Answered>
    </Panel>
  );
}

const COLUMNS = (again: () => void): readonly Column<Token>[] => [
  { key: "name", title: "name", cell: (token) => token.name, text: (token) => token.name },
  {
    key: "actor",
    title: "who",
    cell: (token) => <a href={toJournal({ actor: token.actor })}>{token.actor}</a>,
    text: (token) => token.actor,
  },
  { key: "role", title: "role", width: 100, cell: (token) => token.role, text: (token) => token.role },
  { key: "state", title: "state", width: 110, cell: (token) => <State is={stateOf(token)} />, text: stateOf },
  { key: "created", title: "made", width: 120, cell: (token) => <Time at={token.created_at} /> },
  { key: "expires", title: "expires", width: 120, cell: (token) => <Time at={token.expires_at} /> },
  {
    key: "act",
    title: "",
    width: 100,
    cell: (token) =>
      !token.revoked_at && (
        <Act
          name="access.revoke_token"
          request={() => ({ name: token.name })}
          label="Revoke"
          kind="danger"
          title={`Revoke the token ${token.name}?`}
          consequence={`Whatever uses it is refused from now on. What ${token.actor} did stays on record.`}
          done={again}
        />
      ),
  },
];

export function stateOf(token: Token, now = Date.now() / 1000): string {
  if (token.revoked_at) return "off";
  return token.expires_at && token.expires_at < now ? "closed" : "on";
}

function AddToken({ done }: { done: () => void }) {
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<Answer<"access.add_token">>();
  const [name, setName] = useState("");
  const [role, setRole] = useState("member");
  const [days, setDays] = useState("");
  const { perform, busy, problem } = usePerform("access.add_token", (answer) => {
    setMade(answer);
    done();
  });
  const close = () => {
    setAsking(false);
    setMade(undefined);
    setName("");
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        Add a token…
      </button>
      {asking && (
        <Dialog title={made ? `The secret of ${made.token.name}` : "A new token"} close={close}>
          {made ? (
            <div class="stack">
              <p>It is shown now and never again:</p>
              <p>
                <code class="secret">{made.secret}</code> <Copy text={made.secret} />
              </p>
              <p class="soft">export TREADLE_TOKEN=… for programs; a browser asks for it when somebody signs in.</p>
            </div>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                void perform({ name, role, ...(days && { days: Number(days) }) });
              }}
            >
              <label class="field">
                Name
                <input value={name} required onInput={(event) => setName(event.currentTarget.value)} />
              </label>
              <label class="field">
                Role
                <select value={role} onChange={(event) => setRole(event.currentTarget.value)}>
                  {ROLES.map(([one, words]) => (
                    <option key={one} value={one}>
                      {words}
                    </option>
                  ))}
                </select>
              </label>
              <label class="field">
                Days until it expires (none: never)
                <input type="number" min="1" value={days} onInput={(event) => setDays(event.currentTarget.value)} />
              </label>
              {problem && <ProblemBox problem={problem} />}
              <Foot close={close} off={busy}>
                Make it
              </Foot>
            </form>
          )}
        </Dialog>
      )}
    </>
  );
}
