// What a model takes and gives, as it was really seen.

import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { count } from "../../parts/words";
import { type Column, seen, type Version } from "./judging";

export function SignaturePanel({ version }: { version: Version }) {
  const { signature } = version;
  if (!signature) {
    return (
      <Panel title="Inputs and outputs">
        <p class="soft">Not known: a check looks at real rows to tell.</p>
      </Panel>
    );
  }
  const { inputs, outputs, frame = "numpy", method = "predict", rows } = signature;
  const how = `${method} of a ${frame === "numpy" ? "numpy matrix" : `${frame} table`}${rows ? `, as seen in ${count(rows, "row")}` : ""}`;
  return (
    <Panel title="Inputs and outputs" note={how}>
      <details>
        <summary>
          {count(inputs.length, "input")} and {count(outputs.length, "output")}
          {version.label && <span class="soft"> · the truth is the column {version.label}</span>}
        </summary>
        <Plain label="inputs and outputs">
          <thead>
            <tr>
              <th>direction</th>
              <th>column</th>
              <th>type</th>
              <th>missing values</th>
              <th>seen</th>
            </tr>
          </thead>
          <tbody>
            {inputs.map((column) => (
              <Line key={`in ${column.name}`} way="→ takes" column={column} />
            ))}
            {outputs.map((column) => (
              <Line key={`out ${column.name}`} way="← gives" column={column} />
            ))}
          </tbody>
        </Plain>
      </details>
    </Panel>
  );
}

function Line({ way, column }: { way: string; column: Column }) {
  return (
    <tr>
      <td class="soft">{way}</td>
      <td class="mono">{column.name}</td>
      <td>{column.type}</td>
      <td>{column.nullable ? "allowed" : "none"}</td>
      <td title={column.categories?.join(", ")}>{seen(column)}</td>
    </tr>
  );
}
