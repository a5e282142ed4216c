// One entry: its facts, what caused it (up), and what it caused (down).
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Comments } from "../../parts/comments";
import { Subject } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { Time } from "../../parts/time";
import { said } from "../../parts/words";
import { toJournal } from "../../state/paths";

type Entry = Schema<"Entry">;

export function OneEntry({ number, close }: { number: number; close: () => void }) {
  const causes = useAsk("journal.causes", { entry: number });
  const effects = useAsk("journal.effects", { entry: number }, { news: ["*"] });
  return (
    <Panel
      title={`Entry ${number}`}
      actions={
        <button type="button" class="quiet" onClick={close} aria-label="close the entry">
          ✕
        </button>
      }
    >
      <Answered of={causes}>
        {([entry, ...before]) =>
          entry && (
            <div class="grid">
              <div class="stack">
                <Facts entry={entry} />
                <Comments subject={`entry:${number}`} />
              </div>
              <div class="stack">
                <h3>Caused by</h3>
                {before.length ? <Chain entries={before} /> : <p class="soft">nothing on record: somebody did it, or the world did</p>}
                <h3>It caused</h3>
                <Answered of={effects}>
                  {({ effects: found, cut }) => (
                    <>
                      {found.length ? <Tree of={number} effects={found} /> : <p class="soft">nothing (yet)</p>}
                      {cut && <p class="soft">and more than is shown here</p>}
                    </>
                  )}
                </Answered>
              </div>
            </div>
          )
        }
      </Answered>
    </Panel>
  );
}

function Facts({ entry }: { entry: Entry }) {
  return (
    <dl class="facts">
      <dt>what</dt>
      <dd class="mono">{entry.kind}</dd>
      <dt>about</dt>
      <dd>
        <Subject of={entry.subject} />
      </dd>
      <dt>who</dt>
      <dd>{entry.actor}</dd>
      <dt>when</dt>
      <dd>
        <Time at={entry.at} />
      </dd>
      <dt>project</dt>
      <dd>{entry.project}</dd>
      {Object.entries(entry.data ?? {}).map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{said(value)}</dd>
        </>
      ))}
    </dl>
  );
}

/** Causes, the nearest first. */
function Chain({ entries }: { entries: readonly Entry[] }) {
  return (
    <ol class="chain">
      {entries.map((entry) => (
        <li key={entry.id}>
          <Short entry={entry} />
        </li>
      ))}
    </ol>
  );
}

type Effect = Schema<"Effect">;

/** Effects beneath what stands right before them. */
function Tree({ of, effects }: { of: number; effects: readonly Effect[] }) {
  const mine = effects.filter((effect) => effect.because === of);
  if (!mine.length) return null;
  return (
    <ul class="chain">
      {mine.map(({ entry }) => (
        <li key={entry.id}>
          <Short entry={entry} />
          <Tree of={entry.id} effects={effects} />
        </li>
      ))}
    </ul>
  );
}

function Short({ entry }: { entry: Entry }) {
  return (
    <>
      <a class="said" href={toJournal({ entry: entry.id })}>
        {entry.id}
      </a>{" "}
      <span class="mono">{entry.kind}</span> <Subject of={entry.subject} />{" "}
      <span class="soft">
        <Time at={entry.at} /> · {entry.actor}
      </span>
    </>
  );
}
