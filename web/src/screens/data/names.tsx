// Names of versions: a label is given once and stays, an alias moves.
import { Act, usePerform } from "../../parts/act";
import { AliasForm, PutAlias } from "../../parts/alias";
import { refusal } from "../../state/me";
import type { Version } from "./dataset";

export function LabelAct({ version, again }: { version: Version; again: () => void }) {
  return (
    <Act
      name="data.label"
      request={(words) => ({ ref: `${version.dataset}@v${version.number}`, label: words.trim() })}
      label="Label…"
      title={`Label ${version.dataset} v${version.number}`}
      words="Label"
      needed
      consequence="A label is given once: it stays with this version, and no other one can have it."
      done={again}
    />
  );
}

type Props = { version: Version; versions: readonly Version[]; again: () => void };

export function AliasAct({ version, versions, again }: Props) {
  return (
    <PutAlias
      title={`Put an alias on ${version.dataset} v${version.number}`}
      refused={refusal("data.alias")}
      again={again}
      form={(close, done) => <Putting {...{ version, versions, close, done }} />}
    />
  );
}

function Putting({ version, versions, close, done }: Omit<Props, "again"> & { close: () => void; done: () => void }) {
  const { perform, busy, problem } = usePerform("data.alias", done);
  return (
    <AliasForm
      {...{ busy, problem, close }}
      known={versions.flatMap((one) => one.aliases ?? [])}
      version={version.number}
      standing={(alias) => versions.find((one) => one.aliases?.includes(alias))?.number}
      put={(alias, reason) => perform({ dataset: version.dataset, alias, version: version.number, reason })}
      consequence={(alias) => (
        <>
          Steps that take <code>{`dataset://${version.dataset}@${alias}`}</code> take v{version.number} from their next run on; what has run
          keeps what it took.
        </>
      )}
    />
  );
}

export function AliasesOf({ version, again }: { version: Version; again: () => void }) {
  return (
    <ul class="names">
      {(version.aliases ?? []).map((alias) => (
        <li key={alias}>
          <b class="chip flag champion">{alias}</b>
          <Act
            name="data.remove_alias"
            request={() => ({ dataset: version.dataset, alias })}
            label="Remove"
            kind="danger"
            title={`Remove the alias ${alias} from v${version.number}?`}
            consequence={
              <>
                Steps that take <code>{`dataset://${version.dataset}@${alias}`}</code> find nothing from now on; what has run keeps what it
                took.
              </>
            }
            done={again}
          />
        </li>
      ))}
    </ul>
  );
}
