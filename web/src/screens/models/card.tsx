// The card: facts that the record fills in, words that people write. Sections are written here, with a look at how they will read.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { download } from "../../parts/download";
import { Markdown } from "../../parts/markdown";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { refusal } from "../../state/me";
import type { Version } from "./judging";
import { NEWS } from "./list";

/** Sections that every card asks for; others may have any name. */
const ASKED = ["Intended use", "Out of scope", "Ethical considerations", "Caveats"];

type Props = { version: Version; again: () => void };

export function CardPanel({ version, again }: Props) {
  const ref = `${version.model}@v${version.number}`;
  const card = useAsk("registry.card", { ref }, { news: NEWS });
  const [writing, setWriting] = useState(false);
  const refused = refusal("registry.write_card");
  const written = () => {
    setWriting(false);
    card.again();
    again();
  };
  return (
    <Panel
      title="Card"
      note="facts from the record, words by people"
      actions={
        <>
          {card.value && (
            <button type="button" class="quiet" onClick={() => download(`${ref}.md`, card.value!.markdown, "text/markdown")}>
              Markdown
            </button>
          )}
          <button type="button" disabled={!!refused} title={refused} onClick={() => setWriting(!writing)}>
            {writing ? "Stop writing" : "Write"}
          </button>
        </>
      }
    >
      {writing ? (
        <Writing {...{ version }} done={written} />
      ) : (
        <Answered of={card}>{({ markdown }) => <Folded markdown={markdown} />}</Answered>
      )}
    </Panel>
  );
}

/** What people wrote is read at once; the tables of facts stand beside it on this page anyway, and are folded. */
function Folded({ markdown }: { markdown: string }) {
  const [whole, setWhole] = useState(false);
  const told = wordsOf(markdown);
  return (
    <>
      <Markdown text={whole ? markdown : told} />
      <p>
        <button type="button" class="quiet" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Only the words" : "The whole card"}
        </button>
      </p>
    </>
  );
}

/** The sections of a card that hold words and no tables. */
export function wordsOf(markdown: string): string {
  const [, ...sections] = markdown.split(/^## /m);
  const facts = /^(Details|Data|Metrics|Slices by .*|Gates|Decisions|Inputs and outputs|Limits)\n/;
  return sections
    .filter((section) => !facts.test(section))
    .map((section) => `# ${section.trim()}`)
    .join("\n\n");
}

function Writing({ version, done }: { version: Version; done: () => void }) {
  const known = [...new Set([...ASKED, ...Object.keys(version.card ?? {})])];
  const [section, setSection] = useState(known[0]!);
  const [other, setOther] = useState("");
  const [texts, setTexts] = useState<Record<string, string>>(version.card ?? {});
  const [everywhere, setEverywhere] = useState(false);
  const { perform, busy, problem } = usePerform("registry.write_card", done);
  const name = section || other.trim();
  const text = texts[name] ?? "";
  const ref = everywhere ? version.model : `${version.model}@v${version.number}`;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        perform({ ref, sections: { [name]: text } });
      }}
    >
      <div class="row">
        <label class="choice">
          <span class="soft">section</span>
          <select value={section} onChange={(event) => setSection(event.currentTarget.value)}>
            {known.map((one) => (
              <option key={one}>{one}</option>
            ))}
            <option value="">another…</option>
          </select>
        </label>
        {!section && (
          <input aria-label="name of the section" required value={other} onInput={(event) => setOther(event.currentTarget.value)} />
        )}
        <label class="choice">
          <input type="checkbox" checked={everywhere} onChange={() => setEverywhere(!everywhere)} />
          for all versions of {version.model} that say nothing of their own
        </label>
      </div>
      <div class="grid writing">
        <label class="field">
          Markdown <span class="unseen">of {name}</span>
          <textarea rows={8} value={text} onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })} />
        </label>
        <div>
          <span class="soft">as it will read</span>
          <Markdown text={text || "*nothing: an empty text removes the section*"} />
        </div>
      </div>
      {problem && <ProblemBox problem={problem} />}
      <button type="submit" class="primary" disabled={busy || !name}>
        Keep the section
      </button>
    </form>
  );
}
