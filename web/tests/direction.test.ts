import { expect, test } from "vitest";
import { arrowOf, bestOf, directionOf, inWords, verdictOf } from "../src/charts/direction";

const all = (names: string) => new Set(names.split(" ").map(directionOf));

test("which way is better is said where the name says it in the field's words", () => {
  expect(all("validation_loss loss1 rmse val/error log_loss brier_score ece p99_latency valLoss duration wer")).toEqual(new Set(["lower"]));
  expect(all("auc test_accuracy acc5 f1 val/f1 r2 average_precision valAUC mAP mAP@0.5 mcc kappa specificity")).toEqual(
    new Set(["higher"]),
  );
});

test("nothing is claimed of names that only look like it", () => {
  expect(all("trees mapped lossless terror r20 f10 secondsight rows training flights late_share calibration")).toEqual(new Set([null]));
});

test("all metrics that a check counts have the direction that the server judges them by", () => {
  expect(all("accuracy precision recall f1 auc average_precision r2")).toEqual(new Set(["higher"]));
  expect(all("log_loss brier ece mae mse rmse")).toEqual(new Set(["lower"]));
  expect(directionOf("bias")).toBe("zero");
  expect(directionOf("layer1/bias")).toBeNull();
});

test("a value is better or worse than another only where somebody knows which way that is", () => {
  expect([verdictOf("auc", 0.8, 0.7), verdictOf("log_loss", 0.8, 0.7), verdictOf("rows", 8, 7)]).toEqual(["better", "worse", ""]);
  expect([verdictOf("rows", 7, 7), verdictOf("bias", -0.1, 0.4), verdictOf("bias", -0.4, 0.1)]).toEqual(["equal", "better", "worse"]);
  expect([bestOf("lower", [3, -1, 2]), bestOf("higher", [3, -1, 2]), bestOf("zero", [3, -1, 2]), bestOf("zero", [])]).toEqual([
    -1,
    3,
    -1,
    null,
  ]);
});

test("a direction is a sign and words, and no direction is neither", () => {
  expect([inWords("higher"), inWords("lower"), inWords(null)]).toEqual(["higher is better ↑", "lower is better ↓", ""]);
  expect([arrowOf("zero"), arrowOf(null)]).toEqual(["→0", ""]);
});
