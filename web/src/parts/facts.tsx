// Any value of the record as facts to read: names with their values, equal things as a table, everything else as text.

import type { ComponentChildren } from "preact";
import { Plain } from "./plain";
import { num, said } from "./words";

type Named = Record<string, unknown>;
const DEEPEST = 4;

export function Facts({ value, depth = 0 }: { value: unknown; depth?: number }): ComponentChildren {
  if (Array.isArray(value)) return value.length && value.every(isNamed) ? <Rows rows={value} /> : value.map(said).join(", ") || "none";
  if (!isNamed(value)) return typeof value === "number" ? num(value) : said(value);
  if (depth >= DEEPEST) return <code>{JSON.stringify(value)}</code>;
  return (
    <dl class="facts">
      {Object.entries(value).map(([name, one]) => [
        <dt key={`${name}t`}>{name.replaceAll("_", " ")}</dt>,
        <dd key={`${name}d`}>
          <Facts value={one} depth={depth + 1} />
        </dd>,
      ])}
    </dl>
  );
}

/** Things with the same names beneath each other. */
function Rows({ rows }: { rows: readonly Named[] }) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <Plain label={names.join(", ")}>
      <thead>
        <tr>
          {names.map((name) => (
            <th key={name} class={rows.every((row) => typeof row[name] === "number") ? "n" : ""}>
              {name.replaceAll("_", " ")}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={at}>
            {names.map((name) => (
              <td key={name} class={typeof row[name] === "number" ? "n" : ""}>
                {typeof row[name] === "number" ? num(row[name]) : said(row[name])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Plain>
  );
}

function isNamed(value: unknown): value is Named {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
