// Names of versions: a label is given once and stays, an alias moves.
import { useState } from "preact/hooks";
import { Act, usePerform } from "../../parts/act";
import { Dialog } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
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
  const [open, setOpen] = useState(false);
  const refused = refusal("data.alias");
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Put an alias…
      </button>
      {open && (
        <Dialog title={`Put an alias on ${version.dataset} v${version.number}`} close={() => setOpen(false)}>
          <Putting
            {...{ version, versions }}
            close={() => setOpen(false)}
            done={() => {
              setOpen(false);
              again();
            }}
          />
        </Dialog>
      )}
    </>
  );
}

function Putting({
  version,
  versions,
  close,
  done,
}: {
  version: Version;
  versions: readonly Version[];
  close: () => void;
  done: () => void;
}) {
  const [alias, setAlias] = useState("");
  const [reason, setReason] = useState("");
  const { perform, busy, problem } = usePerform("data.alias", done);
  const name = alias.trim();
  const before = versions.find((one) => one.aliases?.includes(name));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        perform({ dataset: version.dataset, alias: name, version: version.number, reason });
      }}
    >
      <label class="field">
        Alias
        <input value={alias} required list="data-aliases" autoComplete="off" onInput={(event) => setAlias(event.currentTarget.value)} />
      </label>
      <datalist id="data-aliases">
        {[...new Set(versions.flatMap((one) => one.aliases ?? []))].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <label class="field">
        Why
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {name && (
        <div class="consequence">
          {before && before.number !== version.number ? `It leaves v${before.number}. ` : ""}Steps that take{" "}
          <code>{`dataset://${version.dataset}@${name}`}</code> take v{version.number} from their next run on; what has run keeps what it
          took.
        </div>
      )}
      {problem && <ProblemBox problem={problem} />}
      <footer>
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={busy || !name}>
          {before && before.number !== version.number ? `Move it from v${before.number}` : "Put it"}
        </button>
      </footer>
    </form>
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
