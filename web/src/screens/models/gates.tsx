// What the gates said: a checklist in sentences, and what each sentence was made from.
import { Facts } from "../../parts/facts";
import { Mentions } from "../../parts/mentions";
import { State } from "../../parts/state";
import { Time } from "../../parts/time";
import { toRun } from "../../state/paths";
import type { Version } from "./judging";

export function Gates({ version }: { version: Version }) {
  const gates = version.gates ?? [];
  if (!gates.length) {
    return (
      <p class="soft">
        No gate has spoken: <code>{`treadle models check ${version.model}@v${version.number} FILE::NAME --holdout DATASET`}</code> looks at
        it.
      </p>
    );
  }
  return (
    <ul class="gates">
      {gates.map((gate) => (
        <li key={gate.gate}>
          <State is={gate.state} />
          <div>
            <b>{gate.gate}</b> <span class="soft">{gate.kind}</span>
            <p>
              <Mentions text={gate.sentence} />
            </p>
            {Object.keys(gate.evidence ?? {}).length > 0 && (
              <details>
                <summary>evidence</summary>
                <Facts value={gate.evidence} />
                <p class="soft">
                  {gate.run && (
                    <>
                      looked at by <a href={toRun(gate.run)}>run {gate.run}</a>{" "}
                    </>
                  )}
                  {gate.at ? <Time at={gate.at} /> : null}
                </p>
              </details>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
