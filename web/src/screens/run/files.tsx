// The files that a run was performed with, as its snapshot holds them: listed, one of them read, and what was not committed.
import { useEffect, useRef } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { type Answer, address } from "../../api/client";
import { Answered } from "../../parts/answer";
import { FileDiffs, filesOf } from "../../parts/diff";
import { Panel } from "../../parts/page";
import { type Column, Table } from "../../parts/table";
import { count, size } from "../../parts/words";
import { useParam } from "../../state/url";
import type { Run } from "./index";

type Told = Answer<"runs.code">;
type File = NonNullable<Told["files"]>[number];
const LINE = 18; // pixels, as in run.css
const CUT = "This is only its beginning: the download holds all of it.";

export function Files({ run }: { run: Run }) {
  const [path, open] = useParam("file");
  const told = useAsk("runs.code", { run: String(run.id), ...(path ? { path } : {}) }, { keep: true });
  const { snapshot, patch } = run.code!;
  return (
    <>
      <Panel
        title="Files"
        note={told.value && count(told.value.files?.length ?? 0, "file")}
        actions={snapshot && <Whole digest={snapshot} name={`run-${run.id}-code.msgpack`} words="snapshot" />}
      >
        {told.problem && path && (
          <button type="button" onClick={() => open("")}>
            Show the file of the step
          </button>
        )}
        <Answered of={told}>{(code) => <Opened code={code} run={run} open={(name) => open(name, true)} />}</Answered>
      </Panel>
      {patch && (
        <Panel
          title={`Changed since commit ${run.code!.commit?.slice(0, 12) ?? ""}`}
          note="what was not committed when it was asked for"
          actions={<Whole digest={patch} name={`run-${run.id}.patch`} words="patch" />}
        >
          <Answered of={told}>{({ patch, whole }) => <Patch text={patch ?? ""} whole={whole !== false} />}</Answered>
        </Panel>
      )}
    </>
  );
}

function Whole({ digest, name, words }: { digest: string; name: string; words: string }) {
  return (
    <a href={address("content.get", { digest })} download={name} title={digest}>
      ⤓ {words}
    </a>
  );
}

function Opened({ code, run, open }: { code: Told; run: Run; open: (path: string) => void }) {
  const { files = [], path = "", text } = code;
  if (!files.length)
    return <p class="soft">No snapshot of its files is kept{code.commit ? ": its commit and patch tell what they were" : ""}.</p>;
  return (
    <div class="code-files">
      <Table
        label="files of the code"
        rows={files}
        columns={columns(path, open)}
        keyOf={(file) => file.path}
        height="420px"
        file={`run-${run.id}-files`}
      />
      {path && text != null && (
        <Text
          text={text}
          path={path}
          line={path === run.definition?.file ? (run.definition.line ?? null) : null}
          whole={code.whole !== false}
        />
      )}
      {path && text == null && <p class="soft">{path} is no text: the snapshot holds its bytes.</p>}
      {!path && <p class="soft">Choose a file to read it.</p>}
    </div>
  );
}

function columns(path: string, open: (path: string) => void): readonly Column<File>[] {
  return [
    {
      key: "path",
      title: "file",
      cell: (file) => (
        <button
          type="button"
          class="quiet mono"
          title={file.path}
          aria-current={file.path === path ? "true" : undefined}
          onClick={() => open(file.path)}
        >
          {file.path}
        </button>
      ),
      text: (file) => file.path,
    },
    { key: "size", title: "size", numeric: true, width: 80, cell: (file) => size(file.size), text: (file) => file.size },
  ];
}

type TextProps = { text: string; path: string; line: number | null; whole: boolean };

/** A text with the numbers of its lines; the one in which the step is declared is marked, and in sight. */
function Text({ text, path, line, whole }: TextProps) {
  const lines = text.replace(/\n$/, "").split("\n");
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current!.scrollTop = line ? Math.max(0, (line - 4) * LINE) : 0;
  }, [path, line]);
  const marked = line !== null && line <= lines.length ? line - 1 : -1;
  return (
    <div>
      <section class="code-text" ref={box} tabIndex={0} aria-label={`text of ${path}`}>
        <pre aria-hidden="true">{lines.map((_, at) => at + 1).join("\n")}</pre>
        <pre>
          {marked < 0 ? (
            lines.join("\n")
          ) : (
            <>
              {lines
                .slice(0, marked)
                .map((one) => `${one}\n`)
                .join("")}
              <mark title="the step is declared here">{lines[marked] || " "}</mark>
              {lines
                .slice(marked + 1)
                .map((one) => `\n${one}`)
                .join("")}
            </>
          )}
        </pre>
      </section>
      {!whole && <p class="soft">{CUT}</p>}
    </div>
  );
}

function Patch({ text, whole }: { text: string; whole: boolean }) {
  return (
    <>
      <FileDiffs files={filesOf(text)} />
      {!whole && <p class="soft">{CUT}</p>}
    </>
  );
}
