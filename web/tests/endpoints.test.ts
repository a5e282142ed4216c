// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { nearest, pieces } from "../src/charts/spark";
import { told } from "../src/parts/releasing";
import { type Endpoint, guardWords, waits } from "../src/parts/stages";
import { type Column, curl, fieldsOf, middle, python, read, rowOf, sampled, withCell } from "../src/screens/endpoints/form";
import { LATENCY_BOUNDS, quantile, side, since, together, within } from "../src/screens/endpoints/latency";
import { answers, consequence, guardsOf, progress, type Rollout } from "../src/screens/endpoints/rollouts";
import { vitalsOf } from "../src/screens/endpoints/series";

const counts = (at: Record<number, number>) => Array.from({ length: LATENCY_BOUNDS.length + 1 }, (_, place) => at[place] ?? 0);

test("a quantile is the bound of the bucket it lies in, and nothing is claimed of nothing", () => {
  const latency = counts({ 4: 50, 6: 49, 12: 1 });
  expect(quantile(latency, 0.5)).toBe(0.005);
  expect(quantile(latency, 0.99)).toBe(0.01);
  expect(quantile(latency, 1)).toBe(0.5);
  expect(quantile(counts({}), 0.5)).toBeNull();
  expect(quantile(undefined, 0.5)).toBeNull();
  expect(quantile(counts({ 17: 1 }), 0.5)).toBe(Number.POSITIVE_INFINITY);
  expect([within(0.0075), within(2.5), within(Number.POSITIVE_INFINITY), within(null)]).toEqual(["≤ 7.5 ms", "≤ 2.5 s", "> 10 s", "—"]);
});

test("counts are added, and what came since is their difference, never below nothing", () => {
  expect(together([counts({ 1: 2 }), undefined, counts({ 1: 3, 5: 1 })])).toEqual(counts({ 1: 5, 5: 1 }));
  expect(since(counts({ 1: 5, 2: 1 }), counts({ 1: 3, 2: 4 }))).toEqual(counts({ 1: 2 }));
});

test("two histograms are shares over the buckets that either uses", () => {
  const rows = side(counts({ 4: 1, 6: 1 }), counts({ 5: 4 }));
  expect(rows.map((row) => row.label)).toEqual(["≤ 5 ms", "≤ 7.5 ms", "≤ 10 ms"]);
  expect(rows.map((row) => [row.a, row.b])).toEqual([
    [0.5, 0],
    [0, 1],
    [0.5, 0],
  ]);
});

test("a line ends where nothing was counted, and the reader finds the nearest moment", () => {
  expect(pieces([1, 2, null, 3, Number.NaN, null])).toEqual([[0, 1], [3]]);
  expect(nearest([10, 20, 30], 24)).toBe(1);
  expect(nearest([], 24)).toBeNull();
});

const COLUMNS: Column[] = [
  { name: "miles", type: "int64", lowest: 50, highest: 3000 },
  { name: "wind", type: "float64", lowest: 0, highest: 42.5, nullable: true },
  { name: "origin", type: "string", categories: ["EWR", "JFK"] },
  { name: "late", type: "boolean" },
  { name: "note", type: "string" },
];

test("a form has the fields that the model takes, with their ranges and words", () => {
  const fields = fieldsOf(COLUMNS);
  expect(fields.map((field) => field.kind)).toEqual(["integer", "number", "choice", "yes or no", "text"]);
  expect(fields[1]!.hint).toBe("float64, 0 to 42.5 seen, may be missing");
  expect(fields[2]!.options).toEqual(["EWR", "JFK"]);
  expect(middle(COLUMNS)).toEqual({ miles: 1525, wind: 21.25, origin: "EWR", late: false, note: "" });
});

test("what is typed becomes a value of the column's type; an empty field is a missing value", () => {
  const [miles, wind, , late, note] = fieldsOf(COLUMNS);
  expect([read(miles!, "12"), read(wind!, ""), read(late!, "true"), read(note!, "")]).toEqual([12, null, true, ""]);
});

test("a request begins with rows of the sample, with the model's columns alone", () => {
  const columns = [
    { name: "b", type: "int64" },
    { name: "a", type: "string" },
  ] as Column[];
  const sample = {
    columns: [{ name: "a" }, { name: "left" }, { name: "b" }],
    rows: [
      ["x", 0, 1],
      ["y", 0, null],
    ],
  };
  expect(sampled(columns, sample)).toEqual([
    { b: 1, a: "x" },
    { b: null, a: "y" },
  ]);
  expect(sampled([...columns, { name: "gone", type: "string" } as Column], sample)).toEqual([]);
  expect(sampled(columns, undefined)).toEqual([]);
});

test("a form changes one value of the first row and leaves the rest of the request alone", () => {
  const text = JSON.stringify({ rows: [{ miles: 1 }, { miles: 2 }], key: "order-17" });
  expect(JSON.parse(withCell(text, "miles", 5))).toEqual({ rows: [{ miles: 5 }, { miles: 2 }], key: "order-17" });
  expect(rowOf('{"rows": [[1, 2]]}')).toBeNull();
  expect(rowOf("{")).toBeNull();
});

test("the same request in a shell and in Python, quoted", () => {
  const text = `{"rows": [{"note": "it's"}]}`;
  expect(curl("http://127.0.0.1:8311", text, true)).toBe(
    `curl -s http://127.0.0.1:8311/predict -H "Authorization: Bearer $TREADLE_TOKEN" -H 'Content-Type: application/json' -d '{"rows":[{"note":"it'\\''s"}]}'`,
  );
  expect(python("http://127.0.0.1:8311", text, false)).toContain(`json.loads("{\\"rows\\":[{\\"note\\":\\"it's\\"}]}")`);
});

const revision = (number: number, role: string, share = 0, more = {}) => ({
  number,
  model: "risk",
  version: number,
  role,
  share,
  created_at: 0,
  ...more,
});
const endpoint = (more: Partial<Endpoint>): Endpoint => ({
  name: "risk",
  model: "risk",
  settings: {},
  state: "on",
  generation: 1,
  created_at: 0,
  ...more,
});
const rollout = (more: Partial<Rollout>): Rollout => ({
  id: 1,
  endpoint: "risk",
  revision: 3,
  former: 2,
  stages: [
    { share: 0, rows: 3000, labels: 1500 },
    { share: 0.2, rows: 2000 },
  ],
  guardrails: {},
  stage: 1,
  state: "running",
  started_at: 0,
  stage_at: 100,
  ...more,
});

test("going back says from what to what, and what happens to the canary", () => {
  const two = endpoint({
    revisions: [revision(1, "retired", 0, { live_at: 1 }), revision(2, "ready", 0, { live_at: 2 }), revision(3, "live", 1)],
  });
  expect(consequence(two).words).toContain("All traffic goes from risk@v3 to risk@v2.");
  const canary = endpoint({ revisions: [revision(2, "live", 0.8), revision(3, "canary", 0.2)], rollout: rollout({}) });
  expect(consequence(canary).words).toBe(
    "The rollout of risk@v3, which answers 20 % of the traffic now, is taken back at once; risk@v2 stays live and answers all of it.",
  );
  expect(consequence(endpoint({ revisions: [revision(1, "live", 1)] })).possible).toBe(false);
});

test("the live revision answers what no canary takes, shadows and others nothing", () => {
  const all = [revision(1, "ready"), revision(2, "live", 1), revision(3, "canary", 0.25), revision(4, "shadow")];
  expect(all.map((one) => answers(one, all))).toEqual([0, 0.75, 0.25, 0]);
});

test("a release says what will follow", () => {
  expect(told(endpoint({}), "risk@v1", [])).toBe("Nothing is live: risk@v1 answers everything as soon as it is loaded.");
  const live = endpoint({ revisions: [revision(1, "live", 1)] });
  expect(told(live, "risk@v2", [{ share: 0, rows: 500 }])).toBe(
    "risk@v2: shadow until 500 rows, then everything. risk@v1 answers the rest.",
  );
});

test("a stage tells how far it is by what it waits for", () => {
  const seen = { last: { "3": { rows: 5622 } }, stage_base: { "3": { rows: 4655 } }, labelled: 3959, stage_labelled: 3899 };
  expect(progress(rollout({ evidence: seen as never }), 400)).toEqual([{ what: "rows", done: 967, of: 2000 }]);
  expect(waits({ share: 0, rows: 3000, labels: 1500 })).toBe("3,000 rows and 1,500 labels");
});

test("guardrails tell what they see, and how near it is to harm", () => {
  const evidence = {
    guardrails: { errors: { sentence: "errors: 10 of 107 failed" }, loss: { sentence: "loss: 0.37" } },
    guards: { errors: { alpha: 0.05, log_e_most: 6.6 }, loss: { alpha: 0.05, log_e_most: Math.log(20) / 2 } },
  };
  const [errors, loss] = guardsOf(rollout({ evidence: evidence as never }));
  expect(errors).toEqual({ name: "errors", sentence: "errors: 10 of 107 failed", near: 1 });
  expect(loss!.near).toBeCloseTo(0.5);
  expect(guardWords({ latency: 0, loss: null })).toBe(
    "taken back for failed requests, 2 crashes; a harmless revision at most 5 % of the times",
  );
});

test("rates are by the second, shares of nothing are gaps, latency is that of who was asked most", () => {
  const line = (revision: number, requests: number[], more = {}) => ({
    revision,
    ref: `risk@v${revision}`,
    role: "live",
    requests,
    rows: requests,
    errors: [0, 1, 0],
    invalid: [0, 0, 0],
    refused: [0, 0, 5],
    p50: [null, 0.01, null],
    p99: [null, 0.1, null],
    ...more,
  });
  const made = vitalsOf({
    endpoint: "risk",
    start: 0,
    seconds: 60,
    buckets: 3,
    revisions: [line(1, [0, 120, 0]), line(2, [0, 60, 5], { p50: [null, 9, 1] })],
  });
  expect(made.at).toEqual([0, 60, 120]);
  expect(made.rate.map((one) => one.values)).toEqual([
    [0, 2, 0],
    [0, 1, 5 / 60],
  ]);
  expect(made.errors[0]!.values).toEqual([null, 1 / 120, null]);
  expect(made.latency[0]!.values).toEqual([null, 0.01, 1]);
  expect(made.refused[0]!.values).toEqual([null, 0, 1]);
});
