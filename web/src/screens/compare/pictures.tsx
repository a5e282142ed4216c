// Pictures that the runs logged under one name, side by side; shown when they are asked for.
import { useState } from "preact/hooks";
import { address } from "../../api/client";
import { Panel } from "../../parts/page";
import { count } from "../../parts/words";
import type { Run } from "./compare";

const FORMATS = /^(png|jpe?g|gif|webp|image)/;

export function Pictures({ runs }: { runs: readonly Run[] }) {
  const names = [...new Set(runs.flatMap((run) => pictures(run).map((one) => one.name)))];
  const [shown, setShown] = useState(false);
  if (!names.length) return null;
  return (
    <Panel
      title="Pictures"
      note={count(names.length, "name")}
      actions={
        <button type="button" onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
      }
    >
      {shown &&
        names.map((name) => (
          <figure key={name}>
            <figcaption class="mono">{name}</figcaption>
            <div class="pictures">
              {runs.map((run) => {
                const one = pictures(run).find((picture) => picture.name === name);
                return one ? (
                  <img key={run.id} src={address("content.get", { digest: one.digest })} alt={`${name} of run ${run.id}`} />
                ) : (
                  <p class="soft">run {run.id} has none</p>
                );
              })}
            </div>
          </figure>
        ))}
    </Panel>
  );
}

function pictures(run: Run) {
  return [...(run.outputs ?? []), ...(run.logged ?? [])].filter((one) => FORMATS.test(one.format));
}
