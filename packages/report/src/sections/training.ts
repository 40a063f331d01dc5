import { weightFigure } from "../charts/histogram.js";
import { learningFigure, metricFigure } from "../charts/learning.js";
import type { Painter } from "../charts/painter.js";
import { progressiveFigure } from "../charts/progressive.js";
import type { JsonTrain, ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { findings, sampledLoss, samplingFacts } from "./diagnostics.js";

const MAX_FEATURES = 50;

/** How training went. */
export function trainingSection(painter: Painter, page: Page, json: ReportJson): Markup {
  const { train } = json;
  const facts =
    train === null
      ? null
      : h(
          "dl",
          { class: "pairs" },
          h("dt", {}, "optimizer"),
          h("dd", {}, train.optimizer === "" ? "not said" : page.names.name(train.optimizer)),
          h("dt", {}, "epochs, steps"),
          h(
            "dd",
            {},
            number("/train/epochs", "count", train.epochs),
            ", ",
            number("/train/steps", "count", train.steps),
            train.stoppedEarly ? " (stopped early)" : "",
          ),
          h("dt", {}, "kept step"),
          h("dd", {}, number("/train/bestStep", "count", train.bestStep)),
          h("dt", {}, "progressive loss"),
          h("dd", {}, number("/train/progressiveLoss", "metric", train.progressiveLoss), " (last epoch)"),
          h("dt", {}, "validation loss"),
          h(
            "dd",
            {},
            number("/train/validationLoss", "metric", train.validationLoss),
            train.validationLoss === null ? " (no validation rows)" : " (of the kept step)",
          ),
          ...gradientNorm(train),
          ...firstPass(train),
          ...keptBy(page, train),
          ...sampledLoss(train),
          ...samplingFacts(page, train),
        );
  return h(
    "section",
    { id: "training" },
    h("h2", {}, "Learning"),
    h("div", { class: "charts" }, learningFigure(painter, train), metricFigure(painter, train), progressiveFigure(painter, train), facts),
    train === null ? null : findings(page, train),
  );
}

/** Progressive validation of the first pass. */
function firstPass({ progressive }: JsonTrain): Markup[] {
  const last = progressive.length - 1;
  if (last < 0) return [];
  const at = pointer("train", "progressive", last, "loss");
  return [
    h("dt", {}, "first pass"),
    h("dd", {}, number(at, "metric", progressive[last]!.loss), " (progressive validation: every block before it was learned)"),
  ];
}

/** Of the first evaluation and the last. */
function gradientNorm({ curve }: JsonTrain): Markup[] {
  const last = curve.length - 1;
  if (last < 0 || curve[last]!.gradientNorm === null) return [];
  const at = (i: number): string => pointer("train", "curve", i, "gradientNorm");
  return [
    h("dt", {}, "gradient norm"),
    h(
      "dd",
      {},
      number(at(0), "metric", curve[0]!.gradientNorm),
      " at the first evaluation, ",
      number(at(last), "metric", curve[last]!.gradientNorm),
      " at the last",
    ),
  ];
}

/** The metric that decided the kept step, where it is not the validation loss. */
function keptBy(page: Page, { metric, bestMetric, validationLoss }: JsonTrain): Markup[] {
  if (bestMetric === null || bestMetric === validationLoss) return [];
  return [
    h("dt", {}, "kept by ", page.names.name(metric)),
    h("dd", {}, number("/train/bestMetric", "metric", bestMetric), " (of the validation rows, at the kept step)"),
  ];
}

/** What the model looks like inside: size, intercept, strongest weights. */
export function weightSection(painter: Painter, page: Page, json: ReportJson): Markup {
  const { model, weights } = json;
  const strongest = weights?.strongest ?? [];
  const rows = limited(strongest, MAX_FEATURES, 100_000, (w, i) =>
    h("tr", {}, rowHead(page.names.name(w.feature)), numberCell(number(pointer("weights", "strongest", i, "weight"), "signed", w.weight))),
  );
  return h(
    "section",
    { id: "weights" },
    h("h2", {}, "Weights"),
    h(
      "p",
      {},
      number("/model/nonZero", "count", model.nonZero),
      " of ",
      number("/model/parameters", "count", model.parameters),
      " parameters are not zero; the model is ",
      number("/model/bytes", "bytes", model.bytes),
      " large.",
      weights === null ? null : [" Intercept ", number("/weights/intercept", "signed", weights.intercept), "."],
    ),
    weights === null
      ? null
      : h(
          "div",
          { class: "charts" },
          weightFigure(painter, weights.histogram, model.nonZero),
          rows.length === 0
            ? null
            : h(
                "div",
                {},
                h("h3", {}, "Strongest features"),
                table(
                  "Strongest features",
                  true,
                  [
                    ["feature", "text"],
                    ["weight", "n"],
                  ],
                  rows,
                ),
                notAll(rows.length, strongest.length, "features"),
              ),
        ),
  );
}
