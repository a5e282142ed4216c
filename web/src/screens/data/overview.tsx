// What is in a version: the beginning of its rows, its columns, its files, and who uses it.
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { type Answer, address, call, type Schema } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Comments } from "../../parts/comments";
import { Facts } from "../../parts/facts";
import { Subject } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count, size } from "../../parts/words";
import { to, toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import { Changes, type Version } from "./dataset";
import { AliasesOf } from "./names";
import { FilePreview } from "./preview";

export function Overview({ version, again }: { version: Version; again: () => void }) {
  const [path, setPath] = useParam("path");
  return (
    <div class="stack">
      <p>
        <Changes of={version} /> {version.message && <b>{version.message}</b>}{" "}
        <span class="soft">
          committed by {version.actor} <Time at={version.created_at} />
        </span>
        {version.run && (
          <>
            {" "}
            in <a href={toRun(version.run)}>run {version.run}</a>
          </>
        )}
      </p>
      {!!version.aliases?.length && <AliasesOf {...{ version, again }} />}
      <FilePreview {...{ version, path }} />
      <div class="grid">
        <Files {...{ version, path }} choose={setPath} />
        <div class="stack">
          <UsedBy version={version} />
          <Expectations version={version} />
        </div>
      </div>
      <Comments subject={`dataset:${version.dataset}@v${version.number}`} />
    </div>
  );
}

type File = Answer<"data.files">[number];
const PAGE = 500;

function Files({ version, path, choose }: { version: Version; path: string; choose: (path: string, push?: boolean) => void }) {
  const ref = `${version.dataset}@v${version.number}`;
  const first = useAsk("data.files", { ref, limit: PAGE });
  const { rest, more } = useRest(ref, first.value);
  const columns: readonly Column<File>[] = [
    {
      key: "path",
      title: "path",
      cell: (file) => (
        <button
          type="button"
          class={file.path === path ? "quiet mono accent" : "quiet mono"}
          aria-pressed={file.path === path}
          title={`look into ${file.path}\n${file.digest}`}
          onClick={() => choose(file.path === path ? "" : file.path, true)}
        >
          {file.path}
        </button>
      ),
      text: (file) => file.path,
    },
    { key: "size", title: "size", width: 90, numeric: true, cell: (file) => size(file.size), text: (file) => file.size },
    {
      key: "get",
      title: "bytes",
      width: 90,
      cell: (file) => (
        <a
          href={address("content.get", { digest: file.digest })}
          download={file.path.split("/").at(-1)}
          aria-label={`download ${file.path}`}
        >
          download
        </a>
      ),
    },
  ];
  return (
    <Panel title="Files" note={`${count(version.files, "file")}, ${size(version.size)}`}>
      <Answered of={first}>
        {(files) => (
          <Table
            label="files"
            rows={[...files, ...rest]}
            columns={columns}
            keyOf={(file) => file.path}
            more={more}
            total={version.files}
            height="360px"
            file={`${ref}-files`}
          />
        )}
      </Answered>
    </Panel>
  );
}

/** The files behind the first page, as they are scrolled to. */
function useRest(ref: string, first: readonly File[] | undefined) {
  const [rest, setRest] = useState<readonly File[]>([]);
  const [busy, setBusy] = useState(false);
  const [whole, setWhole] = useState(true);
  useEffect(() => {
    setRest([]);
    setWhole((first?.length ?? 0) < PAGE);
  }, [ref, first]);
  const more = async () => {
    setBusy(true);
    const after = (rest.at(-1) ?? first!.at(-1)!).path;
    const page = await call("data.files", { ref, limit: PAGE, after });
    setRest((before) => [...before, ...page]);
    setWhole(page.length < PAGE);
    setBusy(false);
  };
  return { rest, more: busy || whole ? undefined : more };
}

type Node = Schema<"LineageNode">;

/** Runs that took it, and the models and endpoints that came of them. */
function UsedBy({ version }: { version: Version }) {
  const ref = `${version.dataset}@v${version.number}`;
  const uses = useAsk("data.uses", { ref }, { news: ["run.queued"] });
  const down = useAsk("delivery.lineage", { ref: `dataset:${ref}`, up: 0 });
  const nodes = (down.value?.nodes ?? []).filter((node) => node.id !== down.value?.ref);
  return (
    <Panel
      title="Who uses it"
      actions={<a href={to("data", version.dataset, { v: version.number, tab: "why", way: "down" })}>the whole way down</a>}
    >
      <Answered of={uses}>
        {({ used_by, made_by }) => (
          <dl class="facts">
            {made_by && [
              <dt key="mt">made by</dt>,
              <dd key="md">
                <a href={toRun(made_by)}>run {made_by}</a>
              </dd>,
            ]}
            <dt>runs</dt>
            <dd>
              {used_by.length ? (
                used_by.map((run) => [
                  <a key={run} href={toRun(run)}>
                    run {run}
                  </a>,
                  " ",
                ])
              ) : (
                <span class="soft">no run has taken it</span>
              )}
            </dd>
            {(["model", "endpoint", "monitor"] as const).map((kind) => {
              const found = nodes.filter((node) => node.kind === kind);
              return [
                <dt key={`${kind}t`}>{kind}s</dt>,
                <dd key={`${kind}d`}>
                  {found.length ? found.map((node) => <One key={node.id} node={node} />) : <span class="soft">none</span>}
                </dd>,
              ];
            })}
          </dl>
        )}
      </Answered>
    </Panel>
  );
}

function One({ node }: { node: Node }) {
  return (
    <div>
      <Subject of={node.id}>{node.title}</Subject> {node.state && <State is={node.state} />}
    </div>
  );
}

const MOST_ASKED = 4;

/** What gates of models asked of this data: recorded with the versions that were trained on it. */
function Expectations({ version }: { version: Version }) {
  const down = useAsk("delivery.lineage", { ref: `dataset:${version.dataset}@v${version.number}`, up: 0 });
  const models = (down.value?.nodes ?? []).filter((node) => node.kind === "model").slice(0, MOST_ASKED);
  return (
    <Panel title="Expectations" note="as gates recorded them on what was made of it">
      {models.length ? (
        models.map((node) => <Asked key={node.id} model={node.title} />)
      ) : (
        <p class="soft">
          None recorded. <code>{`treadle data check ${version.dataset}@v${version.number} FILE::NAME`}</code> asks them now.
        </p>
      )}
    </Panel>
  );
}

function Asked({ model }: { model: string }) {
  const version = useAsk("registry.version", { ref: model });
  const gates = (version.value?.gates ?? []).filter((gate) => gate.kind === "expectations");
  return (
    <div class="asked">
      <Subject of={`model:${model}`}>{model}</Subject>
      {gates.map((gate) => (
        <details key={gate.gate}>
          <summary>
            <State is={gate.state} /> {gate.sentence}
          </summary>
          <Facts value={gate.evidence} />
        </details>
      ))}
      {version.value && !gates.length && <p class="soft">asked none</p>}
    </div>
  );
}
