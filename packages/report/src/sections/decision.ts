import type { NumberKind } from "../format.js";
import type { JsonDecision, ReportJson } from "../json.js";
import { type Child, h, type Markup, raw } from "../markup.js";
import { decisionPoints } from "../summary/decision.js";
import { number, numberCell, rowHead, table } from "./cells.js";

/** JSON that may stand in a `script` element. */
export function embedded(value: unknown): Markup {
  return raw(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

const KINDS: readonly (readonly [keyof JsonDecision, string, NumberKind, string])[] = [
  ["precision", "precision", "metric", "right among those called positive"],
  ["recall", "recall", "metric", "positives that are found"],
  ["f1", "F1", "metric", "harmonic mean of the two"],
  ["accuracy", "accuracy", "metric", "right decisions"],
  ["positiveShare", "called positive", "metric", "share of all rows, by weight"],
  ["cost", "cost", "weight", "of all wrong decisions"],
];

/** A number that the script keeps up to date. */
function live(decision: JsonDecision, key: keyof JsonDecision, kind: NumberKind): Markup {
  return h("span", { "data-live": key, "data-live-kind": kind }, number(`/decision/${key}`, kind, decision[key] as number | null));
}

function confusion(decision: JsonDecision): Markup {
  const cell = (key: keyof JsonDecision, words: string): Markup => numberCell(live(decision, key, "weight"), h("span", { class: "sub" }, words));
  return table(
    "Confusion matrix at the threshold",
    false,
    [
      ["weight of rows", "text"],
      ["called positive", "n"],
      ["called negative", "n"],
    ],
    [
      h("tr", {}, rowHead("label positive"), cell("truePositives", "found"), cell("falseNegatives", "missed")),
      h("tr", {}, rowHead("label negative"), cell("falsePositives", "false alarms"), cell("trueNegatives", "left alone")),
    ],
  );
}

/** The controls, which do nothing without the script and are hidden then. */
function controls(decision: JsonDecision, points: number, start: number): Markup {
  const cost = (id: string, words: string, value: number): Child => [
    h("label", { for: id }, words),
    h("input", { type: "number", id, min: 0, step: "any", value, inputmode: "decimal" }),
  ];
  return h(
    "div",
    { class: "controls" },
    h("label", { for: "threshold-range" }, "Threshold"),
    h("input", { type: "range", id: "threshold-range", min: 0, max: points - 1, step: 1, value: points - 1 - start }),
    h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, "all positive"), h("span", {}, "none positive")),
    h(
      "div",
      { class: "fields" },
      h("label", { for: "threshold-number" }, "exactly"),
      h("input", { type: "number", id: "threshold-number", step: "any", value: decision.threshold ?? "", inputmode: "decimal" }),
      cost("cost-false-positive", "a false positive costs", decision.costFalsePositive),
      cost("cost-false-negative", "a false negative costs", decision.costFalseNegative),
    ),
    h(
      "div",
      { class: "fields" },
      h("button", { type: "button", id: "threshold-cheapest" }, "Go to the least cost"),
      h("button", { type: "button", id: "threshold-start" }, "Back to the evaluation's"),
    ),
  );
}

/** What a threshold decides: at the evaluation's in the page itself, at any other by the script. null: there is no ROC curve. */
export function decisionPanel(json: ReportJson): Markup | null {
  const { decision, test } = json;
  const found = test === null ? null : decisionPoints(test);
  if (decision === null || found === null) return null;
  const { points, start } = found;
  const facts = KINDS.map(([key, term, kind, words]) =>
    h("div", {}, h("dt", {}, term), h("dd", {}, h("span", { class: "value" }, live(decision, key, kind)), h("span", { class: "sub" }, words))),
  );
  return h(
    "div",
    { id: "threshold", class: "panel" },
    h("h3", {}, "Choose a threshold"),
    h(
      "p",
      {},
      "Called positive: predictions of ",
      h("strong", {}, live(decision, "threshold", "metric")),
      " and above. Least cost: ",
      h("span", { "data-live": "leastCost", "data-live-kind": "weight" }, number("/decision/leastCost/cost", "weight", decision.leastCost.cost)),
      " at ",
      h(
        "span",
        { "data-live": "leastThreshold", "data-live-kind": "metric" },
        decision.leastCost.threshold === null
          ? "no threshold: nothing is called positive"
          : number("/decision/leastCost/threshold", "metric", decision.leastCost.threshold),
      ),
      ".",
    ),
    controls(decision, points.thresholds.length, start),
    h("div", { class: "outcome" }, confusion(decision), h("dl", { class: "cards" }, ...facts)),
    h("p", { class: "unseen", role: "status", "aria-live": "polite", id: "threshold-said" }),
    h("script", { type: "application/json", id: "threshold-points" }, embedded({ ...points, start, threshold: decision.threshold })),
  );
}
