// What an endpoint answered over time, as the four small charts need it.

import type { Answer } from "../../api/client";
import type { Dash, Series } from "../../charts/spark";

export type EndpointSeries = Answer<"serving.series">;

const DASHES: readonly Dash[] = ["solid", "dashed", "dotted"];
const MOST_LINES = 3;

export type Vital = { at: number[]; rate: Series[]; errors: Series[]; latency: Series[]; refused: Series[]; asked: number };

/** Lines of the revisions that were asked most, a line each: a shadow is asked as well, without answering. Latencies are those of the
 * revision that was asked most in a bucket: quantiles of several cannot be put together. */
export function vitalsOf(series: EndpointSeries): Vital {
  const at = Array.from({ length: series.buckets }, (_, place) => series.start + place * series.seconds);
  const all = (series.revisions ?? []).map((one) => ({ ...one, asked: one.requests.reduce((sum, count) => sum + count, 0) }));
  const shown = all
    .filter((one) => one.asked > 0)
    .sort((a, b) => b.asked - a.asked)
    .slice(0, MOST_LINES)
    .sort((a, b) => a.revision - b.revision);
  const line = (place: number, values: (number | null)[]): Series => ({
    name: label(shown[place]!, shown),
    dash: DASHES[place]!,
    colour: `var(--series-${place + 1})`,
    values,
  });
  const busiest = at.map((_, place) =>
    shown.reduce<(typeof shown)[number] | undefined>(
      (best, one) => (one.requests[place]! > (best?.requests[place] ?? 0) ? one : best),
      undefined,
    ),
  );
  const share = (part: number, whole: number) => (whole ? part / whole : null);
  const sum = (of: (one: (typeof all)[number]) => number[], place: number) => all.reduce((total, one) => total + of(one)[place]!, 0);
  return {
    at,
    asked: all.reduce((total, one) => total + one.asked, 0),
    rate: shown.map((one, place) =>
      line(
        place,
        one.requests.map((count) => count / series.seconds),
      ),
    ),
    errors: shown.map((one, place) =>
      line(
        place,
        one.errors.map((count, bucket) => share(count, one.requests[bucket]!)),
      ),
    ),
    latency: [
      { name: "p50", dash: "solid", colour: "var(--series-1)", values: busiest.map((one, place) => one?.p50[place] ?? null) },
      { name: "p99", dash: "dashed", colour: "var(--series-2)", values: busiest.map((one, place) => one?.p99[place] ?? null) },
    ],
    refused: [
      {
        name: "refused",
        dash: "solid",
        colour: "var(--series-1)",
        values: at.map((_, place) => {
          const refused = sum((one) => one.refused, place);
          return share(
            refused,
            Math.max(
              refused,
              sum((one) => one.requests, place),
            ),
          );
        }),
      },
    ],
  };
}

/** `v2 live`; with its number where one version has two revisions. */
function label(one: { ref: string; role: string; revision: number }, all: readonly { ref: string }[]): string {
  const version = one.ref.split("@").at(-1)!;
  const twice = all.filter((other) => other.ref === one.ref).length > 1;
  return `${version}${twice ? ` (revision ${one.revision})` : ""} ${one.role}`;
}
