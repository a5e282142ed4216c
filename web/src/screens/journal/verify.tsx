// Is the journal whole? The server looks at it seal by seal; the newest seal is worth noting outside of the record.
import { useState } from "preact/hooks";
import { problemOf } from "../../api/ask";
import { call, type Problem, type Schema } from "../../api/client";
import { Copy } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { count } from "../../parts/words";
import { refusal } from "../../state/me";
import { toJournal } from "../../state/paths";

type Found = { entries: number; faulty: number; faults: Schema<"JournalFault">[]; seal: string; upto: number; more: boolean };

export function Verify() {
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState<Problem>();
  const [open, setOpen] = useState(false);
  const refused = refusal("journal.verify");
  const look = async () => {
    setOpen(true);
    setFound(undefined);
    setProblem(undefined);
    try {
      let held: Found = { entries: 0, faulty: 0, faults: [], seal: "", upto: 0, more: true };
      for (let after = 0; held.more; ) {
        const { entries, faulty, faults, seal, upto, more, number } = await call("journal.verify", { after });
        held = { entries: held.entries + entries, faulty: held.faulty + faulty, faults: [...held.faults, ...faults], seal, upto, more };
        setFound(held);
        after = number;
      }
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <>
      <button type="button" onClick={look} disabled={!!refused} title={refused || "looks at every entry against its seal"}>
        Verify
      </button>
      {open && (
        <Dialog title="Is the journal whole?" close={() => setOpen(false)}>
          {problem && <ProblemBox problem={problem} />}
          {found ? <Told found={found} /> : !problem && <p role="status">looking …</p>}
        </Dialog>
      )}
    </>
  );
}

function Told({ found }: { found: Found }) {
  return (
    <div class="stack">
      <p role="status">
        {found.more ? "looking … " : found.faulty ? <b class="bad">✕ it is not: </b> : <b class="ok">✓ it is: </b>}
        {count(found.entries, "entry", "entries")} looked at, up to entry {found.upto}
        {found.faulty ? `, ${count(found.faulty, "fault")}` : ", none changed, removed or inserted since it was sealed"}
      </p>
      {found.faults.map((fault) => (
        <p key={`${fault.entry} ${fault.what}`} class="bad">
          {fault.what}: <a href={toJournal({ entry: fault.entry })}>entry {fault.entry}</a> {fault.sentence}
        </p>
      ))}
      {!found.more && (
        <p class="soft">
          The newest seal, to be noted elsewhere: <code>{found.seal}</code> <Copy text={found.seal} />
        </p>
      )}
    </div>
  );
}
