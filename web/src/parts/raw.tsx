// The tab Raw: the answer of the API as it is, and the lines that give the same.
import { Copy } from "./copy";
import { Panel } from "./page";

export function Raw({ value, cli, python }: { value: unknown; cli?: string; python?: string }) {
  const json = JSON.stringify(value, null, 2);
  return (
    <div class="stack">
      {cli && <Line title="command line" text={`${cli} --json`} />}
      {python && <Line title="Python" text={python} />}
      <Panel title="JSON" note="as the API answers it; values that are as usual are left out" actions={<Copy text={json} />}>
        <pre class="raw">{json}</pre>
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
