import { expect, test } from "vitest";
import { kindOf, read, written } from "../src/palette/document";
import { best, fits } from "../src/palette/matching";
import { lineOf } from "../src/palette/performing";

test("letters fit in their order, and beginnings of words count more", () => {
  expect(fits("rl", "runs.list")).not.toBeNull();
  expect(fits("lr", "runs.list")).toBeNull();
  expect(fits("rs", "runs.submit")!).toBeGreaterThan(fits("rs", "traces.x")!);
  const words = ["registry.release", "serving.release", "runs.list"].map((one) => ({ words: one }));
  expect(best("runs", words, 5).map((one) => one.words)[0]).toBe("runs.list");
  expect(best("", words, 2)).toHaveLength(2);
});

const DOCUMENT = {
  paths: {
    "/api/runs/{run}/stop": {
      post: {
        operationId: "runs.stop",
        summary: "Stop a run.",
        "x-permission": "run:stop",
        parameters: [{ name: "run", required: true, schema: { type: "string" } }],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/StopRun" } } } },
      },
    },
    "/api/work/beat": { post: { operationId: "work.beat", summary: "", "x-permission": "work:do" } },
    "/api/content/{digest}": {
      put: {
        operationId: "content.put",
        summary: "",
        "x-permission": "content:write",
        requestBody: { content: { "application/octet-stream": { schema: {} } } },
      },
    },
  },
  components: { schemas: { StopRun: { properties: { why: { type: "string", default: "" } }, required: [] } } },
};

test("operations between processes and streams of bytes are not offered", () => {
  const [stop, ...others] = read(DOCUMENT);
  expect(others).toEqual([]);
  expect(stop!.fields.map((field) => [field.name, field.required])).toEqual([
    ["run", true],
    ["why", false],
  ]);
  expect(lineOf(stop!, { run: "17", why: "it's late" })).toBe("treadle api runs.stop -f run=17 -f 'why=it'\\''s late'");
});

test("what is written becomes a value of the field's type", () => {
  const field = (schema: object, required = false) => ({ name: "x", schema, required });
  expect(written(field({ anyOf: [{ type: "integer" }, { type: "null" }] }), "12")).toBe(12);
  expect(written(field({ type: "boolean" }), "yes")).toBe(true);
  expect(written(field({ type: "object" }), '{"a": 1}')).toEqual({ a: 1 });
  expect(written(field({ type: "string" }), "")).toBeUndefined();
  expect(() => written(field({ type: "array" }), "[1,")).toThrow(SyntaxError);
  expect(kindOf({ enum: ["a"] })).toBe("choice");
});
