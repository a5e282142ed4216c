// How the code and the packages of two runs differ, one before the other.
import { useAsk } from "../api/ask";
import type { Answer } from "../api/client";
import { Answered } from "./answer";
import { FileDiffs } from "./diff";
import { count } from "./words";

export function CodeDiff({ a, b }: { a: string | number; b: string | number }) {
  const diff = useAsk("runs.code_diff", { a: String(a), b: String(b) });
  return (
    <Answered of={diff}>
      {(told) => (
        <div class="stack">
          <Files {...told} />
          {told.python && (
            <p>
              Python {told.python[0]} → {told.python[1]}
            </p>
          )}
          <Packages {...told} />
        </div>
      )}
    </Answered>
  );
}

type Told = Answer<"runs.code_diff">;

function Files({ files = [], without_code = [] }: Told) {
  if (without_code.length) return <p class="warn">! {nothingKept(without_code, "code")}</p>;
  return files.length ? <FileDiffs files={files} /> : <p class="ok">✓ the same files</p>;
}

function Packages({ packages = [], without_environment = [] }: Told) {
  if (without_environment.length) return <p class="warn">! {nothingKept(without_environment, "environment")}</p>;
  if (!packages.length) return <p class="ok">✓ the same packages</p>;
  return (
    <details>
      <summary>{count(packages.length, "package differs", "packages differ")}</summary>
      <table class="plain">
        <tbody>
          {packages.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td class="mono">{one.a ?? "—"}</td>
              <td class="mono">{one.b ?? "—"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function nothingKept(runs: readonly number[], what: string): string {
  return `no ${what} is kept of ${runs.map((run) => `run ${run}`).join(" and ")}: nothing can be compared`;
}
