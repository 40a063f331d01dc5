import { format } from "../format.js";
import type { JsonTest, ReportJson } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";
import { lossName } from "./loss-name.js";

function card(term: string, value: Markup, ...sub: readonly Child[]): Markup {
  return h(
    "div",
    {},
    h("dt", {}, term),
    h("dd", {}, h("span", { class: "value" }, value), ...sub.filter((s) => s !== null).map((s) => h("span", { class: "sub" }, s))),
  );
}

function cards(test: JsonTest): Markup[] {
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
    card("area under the ROC curve", number(at("auc"), "metric", test.auc), "0.5 is chance, 1 perfect order"),
    card("average precision", number(at("averagePrecision"), "metric", test.averagePrecision)),
    card("Brier score", number(at("brier"), "metric", test.brier)),
    ...bias,
    card("accuracy", number(at("accuracy"), "metric", test.accuracy), ["at threshold ", number(at("threshold"), "metric", test.threshold)]),
    rows,
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
  ];
  const row = (name: string, fresh: Child, current: Child, rest: readonly Markup[]): Markup =>
    h("tr", {}, rowHead(name), numberCell(fresh), numberCell(current), ...rest);
  const body = [
    row(lossName(json), number(`${of}/overall/lossNew`, "metric", o.lossNew), number(`${of}/overall/lossCurrent`, "metric", o.lossCurrent), difference),
  ];
  if (c.biasNew && c.biasCurrent)
    body.push(
      row(
        "bias",
        number(`${of}/biasNew/difference`, "signed", c.biasNew.difference),
        number(`${of}/biasCurrent/difference`, "signed", c.biasCurrent.difference),
        [numberCell(""), numberCell("")],
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
      ],
      body,
    ),
    h(
      "p",
      { class: "soft" },
      "Paired, on the same rows. Relative increase of the loss ",
      number(`${of}/overall/relativeIncrease`, "metric", o.relativeIncrease),
      ".",
    ),
  );
}

const MAX_CLASSES = 200;

/** Each class of a head of which several may be true. */
function classTable(page: Page, test: JsonTest | null): Markup | null {
  const classes = test?.classes ?? [];
  if (classes.length === 0) return null;
  const rows = limited(classes, MAX_CLASSES, 100_000, (one, i) => {
    const of = pointer("test", "classes", i);
    return h(
      "tr",
      {},
      rowHead(page.names.name(one.class)),
      numberCell(number(`${of}/positiveWeight`, "weight", one.positiveWeight)),
      numberCell(number(`${of}/logLoss`, "metric", one.logLoss)),
      numberCell(number(`${of}/auc`, "metric", one.auc)),
      numberCell(number(`${of}/bias/difference`, "signed", one.bias.difference)),
      numberCell(interval(`${of}/bias`, "low", "high", "signed", one.bias.low, one.bias.high)),
    );
  });
  return h(
    "div",
    { class: "after" },
    h("h3", {}, "By class"),
    table(
      "Classes",
      true,
      [
        ["class", "text"],
        ["weight", "n"],
        ["log-loss", "n"],
        ["AUC", "n"],
        ["bias", "n"],
        [intervalName(test?.level ?? null), "n"],
      ],
      rows,
    ),
    notAll(rows.length, classes.length, "classes"),
  );
}

/** The numbers of the test part, with intervals where there are any. */
export function headlineSection(page: Page, json: ReportJson): Markup {
  const { test } = json;
  return h(
    "section",
    { id: "numbers" },
    h("h2", {}, "Numbers"),
    test === null ? h("p", { class: "empty" }, "The model was not evaluated.") : h("dl", { class: "cards" }, ...cards(test)),
    test !== null && test.rows === 0 ? h("p", {}, `n = 0: there are no ${test.part} rows, so every number is undefined.`) : null,
    classTable(page, test),
    comparisonTable(json),
    test === null
      ? null
      : h(
          "p",
          { class: "soft" },
          `Measured on the ${test.part} part (${format("count", test.rows)} rows); a weight is ${test.weightKind === "frequency" ? "a number of copies of the row" : "an importance, not a number of copies"}. Natural logarithms.`,
        ),
  );
}
