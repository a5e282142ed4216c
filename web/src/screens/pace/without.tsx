// The uncomfortable lists: models that were never live, and how well what is live is on record.

import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Mentions, Subject } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { Plain } from "../../parts/plain";
import { Time } from "../../parts/time";
import { num, took } from "../../parts/words";
import { type Released, stuckAt } from "./figures";

export function WithoutReturn({ names }: { names: readonly string[] }) {
  const models = useAsk("registry.models", names.length ? {} : null, { news: ["model.", "version.", "alias."] });
  return (
    <Panel title="Models without return" note="made, never live">
      {names.length === 0 ? (
        <p class="soft">None: every model has been live.</p>
      ) : (
        <Answered of={models} rows={2}>
          {(known) => (
            <Plain label="models without a release">
              <thead>
                <tr>
                  <th>model</th>
                  <th class="n">versions</th>
                  <th>newest</th>
                  <th>stuck at</th>
                </tr>
              </thead>
              <tbody>
                {names.map((name) => {
                  const model = known.find((one) => one.name === name);
                  return (
                    <tr key={name}>
                      <td>
                        <Subject of={`model:${name}`}>{name}</Subject>
                      </td>
                      <td class="n">{model?.versions ?? "—"}</td>
                      <td>
                        <Time at={model?.latest?.created_at} />
                      </td>
                      <td class="warn">
                        <Mentions text={stuckAt(model?.latest)} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </Plain>
          )}
        </Answered>
      )}
    </Panel>
  );
}

export function Health({ live, releases }: { live: readonly Schema<"Live">[]; releases: readonly Released[] }) {
  return (
    <Panel title="Health of what is live">
      {live.length === 0 ? (
        <p class="soft">Nothing is live.</p>
      ) : (
        <Plain label="health of what is live">
          <thead>
            <tr>
              <th>endpoint</th>
              <th>version</th>
              <th>reproducible</th>
              <th class="n" title="since the newest moment in its training data">
                data age
              </th>
              <th class="n" title="CPU seconds of the runs of its release, where that lies in the days shown">
                cost
              </th>
            </tr>
          </thead>
          <tbody>
            {live.map((one) => {
              const release = releases.findLast((made) => made.ref === one.ref && made.endpoint === one.endpoint);
              return (
                <tr key={one.endpoint}>
                  <td>
                    <Subject of={`endpoint:${one.endpoint}`}>{one.endpoint}</Subject>
                  </td>
                  <td>
                    <Subject of={`model:${one.ref}`}>{one.ref}</Subject>
                  </td>
                  <td class={one.reproducible ? "ok" : "bad"}>
                    {one.reproducible ? "✓ all on record" : `✕ missing: ${(one.missing ?? []).join(", ")}`}
                  </td>
                  <td class="n">{took(one.age)}</td>
                  <td class="n">{release ? `${num(release.cpu ?? 0)} CPU s` : "—"}</td>
                </tr>
              );
            })}
          </tbody>
        </Plain>
      )}
    </Panel>
  );
}
