// The tab Raw of every object: the answer of the API as it is, to be copied or kept, and the lines that give the same.
import { Copy } from "./copy";
import { download } from "./download";
import { Panel } from "./page";

type Props = {
  value: unknown;
  /** The file's name, when it is kept. */
  name?: string;
  /** `--json` is put behind it. */
  cli?: string;
  python?: string;
  /** More lines that give the same. */
  lines?: readonly string[];
};

export function Raw({ value, name = "record", cli, python, lines = [] }: Props) {
  const json = JSON.stringify(value, null, 2);
  return (
    <div class="stack">
      {cli && <Line title="command line" text={`${cli} --json`} />}
      {python && <Line title="Python" text={python} />}
      {lines.map((line) => (
        <Line key={line} title="the same elsewhere" text={line} />
      ))}
      <Panel
        title="JSON"
        note="as the API answers it; values that are as usual are left out"
        actions={
          <>
            <Copy text={json} />
            <button type="button" class="quiet" onClick={() => download(`${name}.json`, json, "application/json")}>
              download
            </button>
          </>
        }
      >
        <pre class="raw" tabIndex={0}>
          {json}
        </pre>
      </Panel>
    </div>
  );
}

function Line({ title, text }: { title: string; text: string }) {
  return (
    <Panel title={title} actions={<Copy text={text} />}>
      <pre>{text}</pre>
    </Panel>
  );
}
