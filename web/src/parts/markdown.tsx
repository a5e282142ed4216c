// Markdown as people write it in cards, notes and comments: headings, lists, tables, code, emphasis, links. It is made into elements,
// never into HTML text, so nothing that somebody wrote can run; links lead to http(s), mail, or within this interface.
import type { ComponentChildren } from "preact";

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{blocks(text.replace(/\r\n?/g, "\n").split("\n"))}</div>;
}

function blocks(lines: string[]): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (!line.trim()) at++;
    else if (line.startsWith("```")) {
      const end = endOf(lines, at + 1, (one) => one.startsWith("```"));
      made.push(<pre>{lines.slice(at + 1, end).join("\n")}</pre>);
      at = end + 1;
    } else if (heading) {
      made.push(title(heading[1]!.length, inline(heading[2]!)));
      at++;
    } else if (isTable(lines, at)) {
      const end = endOf(lines, at, (one) => !one.includes("|"));
      made.push(table(lines.slice(at, end)));
      at = end;
    } else if (ITEM.test(line)) {
      const end = endOf(lines, at, (one) => !ITEM.test(one) && !/^\s+\S/.test(one));
      made.push(list(lines.slice(at, end)));
      at = end;
    } else if (line.startsWith(">")) {
      const end = endOf(lines, at, (one) => !one.startsWith(">"));
      made.push(<blockquote>{blocks(lines.slice(at, end).map((one) => one.replace(/^> ?/, "")))}</blockquote>);
      at = end;
    } else {
      const end = endOf(lines, at + 1, (one) => !one.trim() || /^(#{1,6}\s|```|>)/.test(one) || ITEM.test(one));
      made.push(<p>{inline(lines.slice(at, end).join("\n"))}</p>);
      at = end;
    }
  }
  return made;
}

const ITEM = /^\s*([-*+]|\d+[.)])\s+/;

function title(level: number, children: ComponentChildren) {
  const Heading = `h${Math.min(6, level + 2)}` as "h3"; // the page's own headings come first
  return <Heading>{children}</Heading>;
}

function list(lines: string[]) {
  const items: string[] = [];
  for (const line of lines) {
    if (ITEM.test(line)) items.push(line.replace(ITEM, ""));
    else items[items.length - 1] += `\n${line.trim()}`;
  }
  const made = items.map((item, at) => <li key={at}>{inline(item)}</li>);
  return /^\s*\d/.test(lines[0]!) ? <ol>{made}</ol> : <ul>{made}</ul>;
}

function isTable(lines: string[], at: number): boolean {
  return lines[at]!.includes("|") && /^\s*\|?[\s:|-]*-[\s:|-]*$/.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("|");
}

function table(lines: string[]) {
  const [head, , ...body] = lines.map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|"),
  );
  return (
    <section class="table-scroll" tabIndex={0} aria-label="table">
      <table>
        <thead>
          <tr>
            {head!.map((cell, at) => (
              <th key={at}>{inline(cell.trim())}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, at) => (
                <td key={at}>{inline(cell.trim())}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>)]+)|(^|\s)(@[\w.-]+)/;

function inline(text: string): ComponentChildren[] {
  const made: ComponentChildren[] = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const [whole, code, strong, stressed, label, target, bare, before, person] = found;
    if (found.index) made.push(rest.slice(0, found.index));
    if (code) made.push(<code>{code}</code>);
    else if (strong) made.push(<strong>{inline(strong)}</strong>);
    else if (stressed) made.push(<em>{inline(stressed)}</em>);
    else if (label) made.push(link(target!, label));
    else if (bare) made.push(link(bare, bare));
    else made.push(before, <b class="mention">{person}</b>);
    rest = rest.slice(found.index + whole.length);
  }
  return rest ? [...made, rest] : made;
}

function link(target: string, label: string) {
  if (/^(https?:|mailto:)/.test(target)) {
    return (
      <a href={target} rel="noreferrer noopener" target="_blank">
        {label}
      </a>
    );
  }
  return /^[/#?](?!\/)/.test(target) ? <a href={target}>{label}</a> : label;
}

function endOf(lines: string[], from: number, ends: (line: string) => boolean): number {
  let at = from;
  while (at < lines.length && !ends(lines[at]!)) at++;
  return at;
}
