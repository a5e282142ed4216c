// What people say of a run: tags and a note, changed where they stand.
import { useState } from "preact/hooks";
import { usePerform } from "../../parts/act";
import { Markdown } from "../../parts/markdown";
import { ProblemBox } from "../../parts/problem";
import { refusal } from "../../state/me";
import { to } from "../../state/paths";
import type { Run } from "./index";

export function Words({ run, again }: { run: Run; again: () => void }) {
  return (
    <div class="stack">
      <Tags run={run} again={again} />
      <Note run={run} again={again} />
    </div>
  );
}

function Tags({ run, again }: { run: Run; again: () => void }) {
  const [text, setText] = useState("");
  const { perform, busy, problem } = usePerform("tracking.tag", again);
  const refused = refusal("tracking.tag");
  const tags = Object.entries(run.tags ?? {});
  const [name, ...rest] = text.split("=");
  return (
    <div>
      <ul class="row tags">
        {tags.map(([tag, value]) => (
          <li key={tag} class="chip">
            <a href={to("runs", undefined, { q: `tags.${tag} = "${value}"` })}>
              {tag}
              {value && `=${value}`}
            </a>
            {!refused && (
              <button
                type="button"
                class="quiet"
                aria-label={`remove the tag ${tag}`}
                disabled={busy}
                onClick={() => perform({ run: String(run.id), tags: { [tag]: null } })}
              >
                ✕
              </button>
            )}
          </li>
        ))}
        {!tags.length && <li class="soft">no tags</li>}
      </ul>
      {!refused && (
        <form
          class="row"
          onSubmit={async (event) => {
            event.preventDefault();
            if (await perform({ run: String(run.id), tags: { [name!.trim()]: rest.join("=").trim() } })) setText("");
          }}
        >
          <input aria-label="a new tag" placeholder="name=value" value={text} onInput={(event) => setText(event.currentTarget.value)} />
          <button type="submit" disabled={busy || !name!.trim()}>
            Tag
          </button>
        </form>
      )}
      {problem && <ProblemBox problem={problem} />}
    </div>
  );
}

function Note({ run, again }: { run: Run; again: () => void }) {
  const [draft, setDraft] = useState<string>();
  const { perform, busy, problem } = usePerform("tracking.note", again);
  const refused = refusal("tracking.note");
  if (draft === undefined) {
    return (
      <div>
        {run.note ? <Markdown text={run.note} /> : <p class="soft">no note</p>}
        <button type="button" disabled={!!refused} title={refused} onClick={() => setDraft(run.note ?? "")}>
          {run.note ? "Change the note" : "Write a note"}
        </button>
      </div>
    );
  }
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        if (await perform({ run: String(run.id), text: draft })) setDraft(undefined);
      }}
    >
      <textarea
        rows={4}
        aria-label="note"
        ref={(area) => area?.focus()}
        value={draft}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && setDraft(undefined)}
      />
      {problem && <ProblemBox problem={problem} />}
      <div class="row">
        <button type="submit" class="primary" disabled={busy}>
          Keep
        </button>
        <button type="button" onClick={() => setDraft(undefined)}>
          Cancel
        </button>
        <span class="soft">Markdown</span>
      </div>
    </form>
  );
}
