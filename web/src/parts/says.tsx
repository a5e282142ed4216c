// How to get the same on the command line and in Python: every page can say it.
import { Copy } from "./copy";
import { Popup } from "./popup";

export function Says({ cli, python }: { cli?: string; python?: string }) {
  const lines = Object.entries({ "command line": cli, Python: python }).filter((line): line is [string, string] => !!line[1]);
  return (
    <Popup label="</>" title="the same on the command line and in Python" side="right">
      {() => (
        <div class="says">
          {lines.map(([name, line]) => (
            <div key={name}>
              <span class="soft">{name}</span> <Copy text={line} />
              <pre>{line}</pre>
            </div>
          ))}
        </div>
      )}
    </Popup>
  );
}
