// Putting a movable name on a version: the button, and the question which name, why, and what will follow.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Problem } from "../api/client";
import { Dialog, Foot } from "./dialog";
import { ProblemBox } from "./problem";

type Asked = { title: string; refused: string; again: () => void; form: (close: () => void, done: () => void) => ComponentChildren };

/** The button; the form is made when the question is put, so that what it asks the server for is not asked before. */
export function PutAlias({ title, refused, again, form }: Asked) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  const done = () => {
    close();
    again();
  };
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Put an alias…
      </button>
      {open && (
        <Dialog title={title} close={close}>
          {form(close, done)}
        </Dialog>
      )}
    </>
  );
}

type Props = {
  /** Names that are offered. */
  known: readonly string[];
  version: number;
  /** On which version a name stands now. */
  standing: (alias: string) => number | undefined;
  /** What will follow, said before it is done. */
  consequence: (alias: string) => ComponentChildren;
  put: (alias: string, reason: string) => void;
  busy: boolean;
  problem: Problem | undefined;
  close: () => void;
};

export function AliasForm({ known, version, standing, consequence, put, busy, problem, close }: Props) {
  const [written, setWritten] = useState("");
  const [reason, setReason] = useState("");
  const alias = written.trim();
  const before = standing(alias);
  const moves = before !== undefined && before !== version;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        put(alias, reason);
      }}
    >
      <label class="field">
        Alias
        <input value={written} required list="aliases" autoComplete="off" onInput={(event) => setWritten(event.currentTarget.value)} />
      </label>
      <datalist id="aliases">
        {[...new Set(known)].map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <label class="field">
        Why
        <input value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {alias && (
        <div class="consequence">
          {moves ? `It leaves v${before}. ` : ""}
          {consequence(alias)}
        </div>
      )}
      {problem && <ProblemBox problem={problem} />}
      <Foot close={close} off={busy || !alias}>
        {moves ? `Move it from v${before}` : "Put it"}
      </Foot>
    </form>
  );
}
