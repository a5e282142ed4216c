// The Raw tab of every object: the JSON that the page was made of, to be copied or kept.
import { Copy } from "./copy";
import { download } from "./download";
import { Panel } from "./page";

export function Raw({ name, value, lines = [] }: { name: string; value: unknown; lines?: readonly string[] }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div class="stack">
      {lines.length > 0 && (
        <Panel title="The same elsewhere">
          {lines.map((line) => (
            <div key={line} class="row">
              <pre>{line}</pre>
              <Copy text={line} />
            </div>
          ))}
        </Panel>
      )}
      <Panel
        title="JSON"
        actions={
          <>
            <Copy text={text} />
            <button type="button" class="quiet" onClick={() => download(`${name}.json`, text, "application/json")}>
              download
            </button>
          </>
        }
      >
        <pre tabIndex={0}>{text}</pre>
      </Panel>
    </div>
  );
}
