// The versions of a model, newest first: names that stand on them, stage, where they answer, and the metrics that were chosen.
import { directionOf, inWords } from "../../charts/direction";
import { Popup } from "../../parts/popup";
import { State } from "../../parts/state";
import { Time } from "../../parts/time";
import { num } from "../../parts/words";
import { changed, useList } from "../../state/url";
import { answering, type Endpoint, intervalOf, passed, usual, type Version } from "./judging";
import { Alias, Answers } from "./marks";

type Props = { version: Version; versions: readonly Version[]; endpoints: readonly Endpoint[] };

export function Versions({ version, versions, endpoints }: Props) {
  const [metrics, choose] = useList("m", usual(versions[0]));
  const known = [...new Set(versions.flatMap((one) => Object.keys(one.metrics ?? {})))].sort();
  return (
    <nav class="versions panel" aria-label="versions">
      <div class="panel-head">
        <h2>Versions</h2>
        <span class="soft">{versions.length}</span>
        <span class="gap" />
        {known.length > 0 && (
          <Popup label="metrics ▾" title="choose the metrics shown" kind="quiet" side="right">
            {() => (
              <fieldset class="ticks">
                <legend class="unseen">metrics</legend>
                {known.map((metric) => (
                  <label key={metric}>
                    <input
                      type="checkbox"
                      checked={metrics.includes(metric)}
                      onChange={() => choose(metrics.includes(metric) ? metrics.filter((one) => one !== metric) : [...metrics, metric])}
                    />
                    {metric}
                  </label>
                ))}
              </fieldset>
            )}
          </Popup>
        )}
      </div>
      <ol>
        {versions.map((one) => (
          <li key={one.number}>
            <One is={one} current={one.number === version.number} {...{ metrics, endpoints }} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

type OneProps = { is: Version; current: boolean; metrics: readonly string[]; endpoints: readonly Endpoint[] };

function One({ is, current, metrics, endpoints }: OneProps) {
  const here = answering(endpoints, is.model, is.number);
  const gates = passed(is);
  return (
    <div class={current ? "version current" : "version"}>
      <a href={changed(location.pathname, location.search, { v: String(is.number) })} aria-current={current ? "true" : undefined}>
        <b class="mono">v{is.number}</b> <State is={is.stage} />
        <span class="gap" />
        <Time at={is.created_at} />
      </a>
      {(is.aliases ?? []).map((name) => (
        <Alias key={name} name={name} model={is.model} />
      ))}
      {here.map((one) => (
        <Answers key={one.endpoint + one.role} is={one} />
      ))}
      <p class="soft">
        {gates && `${gates} gates`}
        {metrics.map((metric) => {
          const value = is.metrics?.[metric];
          const interval = intervalOf(is, metric);
          if (value === undefined) return null;
          const between = interval ? `, 95% between ${num(interval[0])} and ${num(interval[1])}` : "";
          return [
            " ",
            <span key={metric} title={[`${metric} ${num(value)}${between}`, inWords(directionOf(metric))].filter(Boolean).join("; ")}>
              · {metric} <b>{num(value)}</b>
            </span>,
          ];
        })}
      </p>
    </div>
  );
}
