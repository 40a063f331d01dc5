import { format } from "../format.js";
import type { JsonTest, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { interval, intervalName, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { classTable } from "./classes.js";
import { lossName } from "./loss-name.js";
import { otherLimits } from "./verdict.js";

function card(term: string, value: Markup, ...sub: readonly Child[]): Markup {
  return h(
    "div",
    {},
    h("dt", {}, term),
    h("dd", {}, h("span", { class: "value" }, value), ...sub.filter((s) => s !== null).map((s) => h("span", { class: "sub" }, s))),
  );
}

function cards(page: Page, test: JsonTest): Markup[] {
  const at = (key: string): string => pointer("test", key);
  const named = (low: JsonTest["logLossLow"], text: Child): Child => (low === null ? null : [`${intervalName(test.level)} `, text]);
  const bias = [
    card(
      "bias (prediction \u2212 label)",
      number("/test/bias/difference", "signed", test.bias.difference),
      named(test.bias.low, interval("/test/bias", "low", "high", "signed", test.bias.low, test.bias.high)),
      [
        "mean ",
        number("/test/bias/meanPrediction", "metric", test.bias.meanPrediction),
        " against ",
        number("/test/bias/meanLabel", "metric", test.bias.meanLabel),
        ", ratio ",
        number("/test/bias/ratio", "ratio", test.bias.ratio),
      ],
    ),
    card(
      "calibration error",
      number(at("calibrationError"), "metric", test.calibrationError),
      test.calibrationErrorBins === "" ? "mean distance of the bins" : `mean distance, ${test.calibrationErrorBins} bins`,
      test.maxCalibrationError === null ? null : ["largest ", number(at("maxCalibrationError"), "metric", test.maxCalibrationError)],
      test.spiegelhalter === null
        ? null
        : [
            "Spiegelhalter's z ",
            number("/test/spiegelhalter/z", "z", test.spiegelhalter.z),
            ", p ",
            number("/test/spiegelhalter/pValue", "p", test.spiegelhalter.pValue),
          ],
    ),
  ];
  const rows = card(`${test.part} rows`, number(at("rows"), "count", test.rows), [
    "weight ",
    number(at("weight"), "weight", test.weight),
    ...(test.head === "logistic" ? [", positive ", number(at("positiveWeight"), "weight", test.positiveWeight)] : []),
  ]);
  const rmse = card("root mean squared error", number(at("rmse"), "metric", test.rmse));
  if (test.head === "squared") return [rmse, ...bias, ...outside(test), rows];
  if (test.head === "poisson")
    return [
      card("deviance", number(at("deviance"), "metric", test.deviance ?? null), "0 is perfect"),
      card("poisson loss", number(at("poissonLoss"), "metric", test.poissonLoss ?? null), "prediction \u2212 label \u00d7 log prediction"),
      rmse,
      ...bias,
      rows,
    ];
  const logLoss = card(
    "log-loss",
    number(at("logLoss"), "metric", test.logLoss),
    named(test.logLossLow, interval("/test", "logLossLow", "logLossHigh", "metric", test.logLossLow, test.logLossHigh)),
    test.normalizedEntropy === null ? null : [number(at("normalizedEntropy"), "metric", test.normalizedEntropy), " of what the mean label alone would have"],
  );
  if (test.head === "multiLabel")
    return [
      logLoss,
      card("macro AUC", number(at("macroAuc"), "metric", test.macroAuc ?? null), "mean of the classes that have one"),
      card("accuracy", number(at("accuracy"), "metric", test.accuracy), "of rows whose classes are all right"),
      rows,
    ];
  if (test.head !== "logistic") return [logLoss, card("accuracy", number(at("accuracy"), "metric", test.accuracy), "of the predicted class"), rows];
  return [
    logLoss,
    card(
      "area under the ROC curve",
      number(at("auc"), "metric", test.auc),
      named(test.aucLow, interval("/test", "aucLow", "aucHigh", "metric", test.aucLow, test.aucHigh)),
      "0.5 is chance, 1 perfect order",
      rounding(test),
    ),
    card("average precision", number(at("averagePrecision"), "metric", test.averagePrecision), chance(test)),
    card(
      "Brier score",
      number(at("brier"), "metric", test.brier),
      named(test.brierLow, interval("/test", "brierLow", "brierHigh", "metric", test.brierLow, test.brierHigh)),
      brierParts(test),
    ),
    ...bias,
    card("accuracy", number(at("accuracy"), "metric", test.accuracy), [
      "at threshold ",
      number(at("threshold"), "metric", test.threshold),
      ...(test.thresholdRule === "" ? [] : [", chosen by ", page.names.name(test.thresholdRule)]),
    ]),
    rows,
  ];
}

/** The level of chance of the average precision. */
function chance({ weight, positiveWeight }: JsonTest): Child {
  return weight === null || positiveWeight === null || !(weight > 0) ? null : `chance is the share of positives, ${format("metric", positiveWeight / weight)}`;
}

function rounding({ ranking }: JsonTest): Child {
  if (ranking === null || ranking.roundedBits === 0) return null;
  return ["scores rounded; the exact area is within ", number("/test/ranking/aucErrorBound", "metric", ranking.aucErrorBound)];
}

function brierParts({ brierParts: parts }: JsonTest): Child {
  if (parts === null) return null;
  const at = (key: string): string => pointer("test", "brierParts", key);
  return [
    "reliability ",
    number(at("reliability"), "metric", parts.reliability),
    " \u2212 resolution ",
    number(at("resolution"), "metric", parts.resolution),
    " + uncertainty ",
    number(at("uncertainty"), "metric", parts.uncertainty),
    " + within ",
    number(at("within"), "signed", parts.within),
  ];
}

/** Labels 0 and 1 under the squared head: its predictions are no probabilities. */
function outside({ outsideUnit: found }: JsonTest): Markup[] {
  if (found === null) return [];
  const at = (key: string): string => pointer("test", "outsideUnit", key);
  return [
    card(
      "predicted below 0",
      number(at("below"), "count", found.below),
      ["above 1 ", number(at("above"), "count", found.above)],
      ["capped, the bias would be ", number(at("cappedBias"), "signed", found.cappedBias)],
    ),
  ];
}

function comparisonTable(json: ReportJson): Markup | null {
  const c = json.comparison;
  if (c?.overall == null) return null;
  const o = c.overall;
  const of = pointer("comparison");
  const difference = [
    numberCell(number(`${of}/overall/difference`, "signed", o.difference)),
    numberCell(interval(`${of}/overall`, "low", "high", "signed", o.low, o.high)),
    numberCell(number(`${of}/overall/pValue`, "p", o.pValue)),
  ];
  const row = (name: string, fresh: Child, current: Child, rest: readonly Markup[]): Markup =>
    h("tr", {}, rowHead(name), numberCell(fresh), numberCell(current), ...rest);
  const body = [
    row(lossName(json), number(`${of}/overall/lossNew`, "metric", o.lossNew), number(`${of}/overall/lossCurrent`, "metric", o.lossCurrent), difference),
  ];
  if (c.auc !== null)
    body.push(
      row("AUC", number(`${of}/auc/new`, "metric", c.auc.new), number(`${of}/auc/current`, "metric", c.auc.current), [
        numberCell(number(`${of}/auc/difference`, "signed", c.auc.difference)),
        numberCell(interval(`${of}/auc`, "low", "high", "signed", c.auc.low, c.auc.high)),
        numberCell(number(`${of}/auc/pValue`, "p", c.auc.pValue)),
      ]),
    );
  if (c.brier !== null)
    body.push(
      row("Brier score", number(`${of}/brier/lossNew`, "metric", c.brier.lossNew), number(`${of}/brier/lossCurrent`, "metric", c.brier.lossCurrent), [
        numberCell(number(`${of}/brier/difference`, "signed", c.brier.difference)),
        numberCell(interval(`${of}/brier`, "low", "high", "signed", c.brier.low, c.brier.high)),
        numberCell(number(`${of}/brier/pValue`, "p", c.brier.pValue)),
      ]),
    );
  if (c.biasNew && c.biasCurrent)
    body.push(
      row(
        "bias",
        number(`${of}/biasNew/difference`, "signed", c.biasNew.difference),
        number(`${of}/biasCurrent/difference`, "signed", c.biasCurrent.difference),
        [numberCell(""), numberCell(""), numberCell("")],
      ),
    );
  return h(
    "div",
    { class: "after" },
    h("h3", {}, "Against the current model"),
    table(
      "New against current model",
      false,
      [
        ["", "text"],
        ["new", "n"],
        ["current", "n"],
        ["difference", "n"],
        [intervalName(c.level), "n"],
        ["p", "n"],
      ],
      body,
    ),
    h(
      "p",
      { class: "soft" },
      "Paired, on the same rows. Of a loss or a score a negative difference is better, of the AUC a positive one. Relative increase of the loss ",
      number(`${of}/overall/relativeIncrease`, "metric", o.relativeIncrease),
      ".",
    ),
  );
}

/** The numbers of the test part, with intervals where there are any. */
export function headlineSection(page: Page, json: ReportJson): Markup {
  const { test } = json;
  return h(
    "section",
    { id: "numbers" },
    h("h2", {}, "Numbers"),
    test === null ? h("p", { class: "empty" }, "The model was not evaluated.") : h("dl", { class: "cards" }, ...cards(page, test)),
    test !== null && test.rows === 0 ? h("p", {}, `n = 0: there are no ${test.part} rows, so every number is undefined.`) : null,
    classTable(page, test?.classes ?? [], pointer("test", "classes"), test?.level ?? null),
    comparisonTable(json),
    otherLimits(page, json),
    test === null
      ? null
      : h(
          "p",
          { class: "soft" },
          `Measured on the ${test.part} part (${format("count", test.rows)} rows); a weight is ${test.weightKind === "frequency" ? "a number of copies of the row" : "an importance, not a number of copies"}. Natural logarithms.`,
        ),
  );
}
