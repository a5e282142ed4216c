// Names that move between versions: put, moved, removed, each time with what follows and what does not.
import { useAsk } from "../../api/ask";
import { Act, usePerform } from "../../parts/act";
import { AliasForm, PutAlias } from "../../parts/alias";
import { Answered } from "../../parts/answer";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import { hearing, unmoved } from "./consequences";
import { answering, type Endpoint, takenBack, type Version } from "./judging";
import { NEWS } from "./list";
import { Alias, Answers } from "./marks";

type Props = { version: Version; endpoints: readonly Endpoint[]; again: () => void };

/** The names on a version, and where it answers. */
export function Aliases({ version, endpoints, again }: Props) {
  const names = version.aliases ?? [];
  const here = answering(endpoints, version.model, version.number);
  return (
    <ul class="names">
      {names.map((alias) => (
        <li key={alias}>
          <Alias name={alias} model={version.model} />
          <span class="gap" />
          <Act
            name="registry.remove_alias"
            request={() => ({ model: version.model, alias })}
            label="Remove"
            kind="danger"
            title={`Remove the alias ${alias} from v${version.number}?`}
            consequence={<Removing {...{ alias, version, endpoints }} />}
            done={again}
          />
        </li>
      ))}
      {!names.length && <li class="soft">No alias stands on it.</li>}
      {here.map((one) => (
        <li key={one.endpoint + one.role}>
          <Answers is={one} />
        </li>
      ))}
      {takenBack(endpoints, version).map((one) => (
        <li key={`${one.endpoint}${one.at}`}>
          <State is="taken back" /> <span class="soft">at</span> <a href={to("endpoints", one.endpoint)}>{one.endpoint}</a>{" "}
          <Time at={one.at} />
          <span class="soft">{one.reason}</span>
        </li>
      ))}
      {!here.length && <li class="soft">No endpoint answers with it.</li>}
    </ul>
  );
}

function Removing({ alias, version, endpoints }: { alias: string; version: Version; endpoints: readonly Endpoint[] }) {
  return (
    <>
      What asks for <code>{`model://${version.model}@${alias}`}</code> finds nothing from now on. {unmoved(endpoints, version.model)}
    </>
  );
}

export function AliasAct({ version, endpoints, again }: Props) {
  return (
    <PutAlias
      title={`Put an alias on ${version.model} v${version.number}`}
      refused={refusal("registry.alias")}
      again={again}
      form={(close, done) => <Putting {...{ version, endpoints, close, done }} />}
    />
  );
}

type PuttingProps = { version: Version; endpoints: readonly Endpoint[]; close: () => void; done: () => void };

function Putting({ version, endpoints, close, done }: PuttingProps) {
  const models = useAsk("registry.models", { prefix: version.model });
  const triggers = useAsk("triggers.list", {});
  const { perform, busy, problem } = usePerform("registry.alias", done);
  const standing = models.value?.find((model) => model.name === version.model)?.aliases ?? {};
  const heard = hearing(triggers.value ?? [], "alias.moved", version.model);
  return (
    <AliasForm
      {...{ busy, problem, close }}
      known={["champion", "challenger", ...Object.keys(standing)]}
      version={version.number}
      standing={(alias) => standing[alias]}
      put={(alias, reason) => perform({ model: version.model, alias, version: version.number, reason })}
      consequence={(alias) => (
        <>
          What asks for <code>{`model://${version.model}@${alias}`}</code> takes v{version.number} from now on.{" "}
          {unmoved(endpoints, version.model)}
          {alias === "champion" && version.stage !== "approved" && (
            <p class="bad">
              ✕ v{version.number} is {version.stage}: only an approved version may be the champion.
            </p>
          )}
          {heard.map((trigger) => (
            <p key={trigger.name}>
              The trigger {trigger.name} hears it: {trigger.sentence}
            </p>
          ))}
        </>
      )}
    />
  );
}

type Move = { alias: string; version: number | null; former: number | null; at: number; actor: string; reason?: string };

const COLUMNS: readonly Column<Move>[] = [
  { key: "at", title: "when", width: 120, cell: (move) => <Time at={move.at} />, text: (move) => move.at },
  { key: "alias", title: "alias", width: 120, cell: (move) => move.alias, text: (move) => move.alias },
  { key: "from", title: "from", width: 60, cell: (move) => at(move.former), text: (move) => move.former },
  {
    key: "to",
    title: "to",
    width: 80,
    cell: (move) => (move.version ? at(move.version) : <span class="soft">removed</span>),
    text: (move) => move.version,
  },
  { key: "actor", title: "by", width: 120, cell: (move) => move.actor, text: (move) => move.actor },
  {
    key: "why",
    title: "why",
    cell: (move) => (
      <span title={move.reason}>
        <Mentions text={move.reason ?? ""} />
      </span>
    ),
    text: (move) => move.reason,
  },
];

function at(number: number | null) {
  return number ? <span class="mono">v{number}</span> : "";
}

/** How the aliases of a model moved. */
export function History({ model }: { model: string }) {
  const moves = useAsk("registry.history", { model }, { news: NEWS });
  return (
    <Panel title="How the aliases moved">
      <Answered of={moves}>
        {(known) =>
          known.length ? (
            <Table
              label="moves of aliases"
              rows={known as readonly Move[]}
              columns={COLUMNS}
              keyOf={(move) => `${move.at}${move.alias}${move.version}`}
              height="320px"
              file={`${model}-aliases`}
            />
          ) : (
            <p class="soft">No alias has been put yet.</p>
          )
        }
      </Answered>
    </Panel>
  );
}
