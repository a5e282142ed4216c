// Two versions beside each other: files, schema, rows, and how the values moved, the farthest first.

import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { Histogram, inWords } from "../../charts/histogram";
import { Answered, Empty } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { Choice } from "../../parts/popup";
import { count, num } from "../../parts/words";
import { useParam } from "../../state/url";
import { named, type Version } from "./dataset";

type Difference = Answer<"data.diff">;
const MOST_FILES = 100;

export function Diff({ version, versions }: { version: Version; versions: readonly Version[] }) {
  const [chosen, choose] = useParam("with");
  const other = (chosen ? named(versions, chosen) : undefined) ?? before(versions, version);
  const ask = other && { a: `${other.dataset}@v${other.number}`, b: `${version.dataset}@v${version.number}` };
  const diff = useAsk("data.diff", ask ?? null);
  if (!other || !ask)
    return <Empty title="There is no other version yet" lines={[`treadle data add FOLDER --as ${version.dataset} -m WORDS`]} />;
  const options = versions.filter((one) => one.number !== version.number).map((one) => [String(one.number), told(one)] as const);
  return (
    <div class="stack">
      <div class="row">
        <Choice label={`v${version.number} against`} value={String(other.number)} options={options} choose={choose} />
        <code>{`treadle data diff ${ask.a} ${ask.b}`}</code>
      </div>
      <Answered of={diff} rows={8}>
        {(found) => <Found found={found} before={other.number} now={version.number} />}
      </Answered>
    </div>
  );
}

/** With what a version is compared when nobody said it: the one before it. */
export function before(versions: readonly Version[], version: Version): Version | undefined {
  const older = versions.filter((one) => one.number < version.number);
  return older.sort((a, b) => b.number - a.number)[0] ?? versions.find((one) => one.number !== version.number);
}

function told(version: Version): string {
  return [`v${version.number}`, version.label, ...(version.aliases ?? []), version.message].filter(Boolean).join(", ");
}

function Found({ found, before, now }: { found: Difference; before: number; now: number }) {
  return (
    <>
      <Tiles found={found} />
      <Schema found={found} />
      <Shifts found={found} before={before} now={now} />
      <FilesOf found={found} />
    </>
  );
}

function Tiles({ found }: { found: Difference }) {
  const [added = 0, removed = 0, changed = 0] = found.files ?? [];
  const [was, is] = found.rows ?? [];
  return (
    <div class="tiles">
      <div class="tile">
        files
        <b>
          +{added} −{removed} ≠{changed}
        </b>
        <span class="soft">added, removed, changed</span>
      </div>
      <div class="tile">
        rows
        <b>{found.compared === false ? "not compared" : `+${num(found.rows_added ?? 0)} −${num(found.rows_removed ?? 0)}`}</b>
        <span class="soft">
          {was !== null && was !== undefined && is !== null && is !== undefined ? `${num(was)} before, ${num(is)} now` : "no table"}
        </span>
      </div>
    </div>
  );
}

function Schema({ found }: { found: Difference }) {
  const added = Object.entries(found.columns_added ?? {});
  const removed = Object.entries(found.columns_removed ?? {});
  const retyped = Object.entries(found.columns_retyped ?? {});
  return (
    <Panel title="Schema">
      {added.length + removed.length + retyped.length === 0 ? (
        <p class="soft">= the columns and their types are the same</p>
      ) : (
        <Plain label="columns that came, went or changed">
          <tbody>
            {added.map(([name, type]) => (
              <tr key={name} class="added">
                <td>
                  + <span class="mono">{name}</span>
                </td>
                <td>{type}</td>
              </tr>
            ))}
            {removed.map(([name, type]) => (
              <tr key={name} class="removed">
                <td>
                  − <span class="mono">{name}</span>
                </td>
                <td>{type}</td>
              </tr>
            ))}
            {retyped.map(([name, [was, is]]) => (
              <tr key={name} class="changed">
                <td>
                  ≠ <span class="mono">{name}</span>
                </td>
                <td>
                  {was} → {is}
                </td>
              </tr>
            ))}
          </tbody>
        </Plain>
      )}
    </Panel>
  );
}

function Shifts({ found, before, now }: { found: Difference; before: number; now: number }) {
  const shifts = found.shifts ?? [];
  const [a = 0, b = 0] = found.read ?? [];
  if (!shifts.length) return null;
  return (
    <Panel
      title="How the values moved"
      note={`the farthest first, from ${count(a, "row")} before and ${num(b)} now; filled: v${now}, dashed: v${before}`}
    >
      <Plain label="how the values moved" kind="shifts">
        <thead>
          <tr>
            <th>column</th>
            <th class="n" title="0: equal, 1: nothing in common">
              distance
            </th>
            <th>
              v{now} over v{before}
            </th>
            <th>before</th>
            <th>now</th>
          </tr>
        </thead>
        <tbody>
          {shifts.map((shift) => (
            <tr key={shift.column}>
              <td class="mono">{shift.column}</td>
              <td class="n" title={shift.measure}>
                {shift.distance === 0 ? "= 0" : num(shift.distance)}
              </td>
              <td>
                <Histogram now={shift.b} before={shift.a} width={180} height={36} />
              </td>
              <td class="soft">{inWords(shift.a)}</td>
              <td>{inWords(shift.b)}</td>
            </tr>
          ))}
        </tbody>
      </Plain>
    </Panel>
  );
}

function FilesOf({ found }: { found: Difference }) {
  const all = [
    ...(found.files_added ?? []).map((path) => ["+", "added", path] as const),
    ...(found.files_removed ?? []).map((path) => ["−", "removed", path] as const),
    ...(found.files_changed ?? []).map((path) => ["≠", "changed", path] as const),
  ];
  if (!all.length) return <p class="soft">= the files are the same</p>;
  return (
    <Panel title="Files" note={all.length > MOST_FILES ? `the first ${MOST_FILES}; the command line tells all` : undefined}>
      <Plain label="files that came, went or changed">
        <tbody>
          {all.slice(0, MOST_FILES).map(([sign, word, path]) => (
            <tr key={path} class={word}>
              <td>
                {sign} {word}
              </td>
              <td class="mono">{path}</td>
            </tr>
          ))}
        </tbody>
      </Plain>
    </Panel>
  );
}
