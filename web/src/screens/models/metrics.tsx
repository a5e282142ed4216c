// Metrics with their intervals, beside those of another version. A difference that chance may have made is not called one.

import { arrowOf, directionOf, inWords } from "../../charts/direction";
import { Plain } from "../../parts/plain";
import { num } from "../../parts/words";
import type { Compared, Version } from "./judging";

const SIGNS = {
  better: ["▲", "ok"],
  worse: ["▼", "bad"],
  unclear: ["≈", "idle"],
  equal: ["=", "idle"],
  "other rows": ["!", "idle"],
  "": ["", "idle"],
} as const;
const HINTS: Partial<Record<Compared["verdict"], string>> = {
  unclear: "the intervals overlap",
  "other rows": "they were judged on different rows",
};

type Props = { rows: readonly Compared[]; other: Version | undefined; wide?: boolean };

export function Metrics({ rows, other, wide = false }: Props) {
  if (!rows.length) return <p class="soft">No metrics: a check with a labelled holdout counts them.</p>;
  return (
    <Plain label="metrics" kind="metrics">
      <thead>
        <tr>
          <th>metric</th>
          <th class="n" title="with the 95% interval">
            value
          </th>
          {other && (
            <>
              <th class="n">v{other.number}</th>
              <th class="n">difference</th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.metric}>
            <td title={inWords(directionOf(row.metric))}>
              {row.metric} <span class="soft">{arrowOf(directionOf(row.metric))}</span>
            </td>
            <td class="n">
              {row.value === null ? "—" : num(row.value)}
              {row.interval && <small class="soft">{between(row.interval)}</small>}
            </td>
            {other && (
              <>
                <td class="n" title={between(row.otherInterval)}>
                  {row.other === null ? "—" : num(row.other)}
                  {wide && row.otherInterval && <small class="soft">{between(row.otherInterval)}</small>}
                </td>
                <td class="n" title={HINTS[row.verdict]}>
                  {row.difference === null ? "—" : signed(row.difference)}
                  <small class={SIGNS[row.verdict][1]}>
                    {SIGNS[row.verdict][0]} {row.verdict}
                  </small>
                </td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </Plain>
  );
}

function between(interval: readonly [number, number] | null): string {
  return interval ? `${num(interval[0])} to ${num(interval[1])}` : "";
}

function signed(value: number): string {
  return value > 0 ? `+${num(value)}` : num(value).replace("-", "−");
}
