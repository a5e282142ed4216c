// Who may: tokens and their roles. A secret is shown once; a revoked token is refused from now on.
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Act } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { me, refusal } from "../../state/me";
import { toJournal } from "../../state/paths";
import { AddToken } from "./new_token";

type Token = Schema<"Token">;

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
    <Panel
      title="Tokens"
      note="without any, this server answers its own machine alone"
      actions={tokens.value && <AddToken first={!tokens.value.some((token) => !token.revoked_at)} done={tokens.again} />}
    >
      <Answered of={tokens}>
        {(list) =>
          list.length ? (
            <Table label="tokens" rows={list} columns={COLUMNS(tokens.again)} keyOf={(token) => token.name} />
          ) : (
            <Empty title="Nobody needs a token" lines={["treadle tokens add ada --role admin"]}>
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
