import { topLabelFigure } from "../charts/calibration.js";
import type { Painter } from "../charts/painter.js";
import { format } from "../format.js";
import type { JsonClass, JsonMultiClass, Num, ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { boxed, interval, intervalName, limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";

const MAX_CLASSES = 200;
const CONFUSION_CLASSES = 20;

/** Each class against the rest. `at`: where the list stands in the JSON. */
export function classTable(page: Page, classes: readonly JsonClass[], at: string, level: Num): Markup | null {
  if (classes.length === 0) return null;
  const rows = limited(classes, MAX_CLASSES, 60_000, (one, i) => {
    const of = `${at}/${i}`;
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
      "By class",
      true,
      [
        ["class", "text"],
        ["weight", "n"],
        ["log-loss", "n"],
        ["AUC", "n"],
        ["bias", "n"],
        [intervalName(level), "n"],
      ],
      rows,
    ),
    notAll(rows.length, classes.length, "classes"),
  );
}

/** Five shades by the share of the label's rows, so that the eye finds what is often mistaken for what. */
function shade(part: Num, whole: number): string {
  const share = part === null || whole === 0 ? 0 : part / whole;
  return share === 0 ? "n" : `n shade${Math.min(5, 1 + Math.floor(5 * share))}`;
}

function confusionTable(page: Page, { classes, confusion }: JsonMultiClass): Markup | null {
  if (confusion.length === 0) return null;
  const shown = classes.slice(0, CONFUSION_CLASSES);
  const rows = shown.map((name, i) => {
    const whole = (confusion[i] ?? []).reduce<number>((sum, w) => sum + (w ?? 0), 0);
    return h(
      "tr",
      {},
      rowHead(page.names.name(name, 30)),
      ...shown.map((_, j) => {
        const weight = confusion[i]?.[j] ?? null;
        return h("td", { class: `${shade(weight, whole)}${i === j ? " right" : ""}` }, number(pointer("multiClass", "confusion", i, j), "weight", weight));
      }),
    );
  });
  return h(
    "div",
    { class: "after" },
    h("h3", {}, "Label (down) against predicted class (across)"),
    boxed(
      "Confusion matrix",
      false,
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, h("th", { scope: "col" }, "label"), ...shown.map((name) => h("th", { scope: "col", class: "n" }, page.names.name(name, 30)))),
        ),
        h("tbody", {}, ...rows),
      ),
    ),
    h("p", { class: "soft" }, "Weights of rows; the darker, the larger the share of the label's rows. Right ones are framed."),
    notAll(shown.length, classes.length, "classes"),
  );
}

function topTable({ top }: JsonMultiClass): Markup | null {
  if (top.length === 0) return null;
  return table(
    "Top k",
    false,
    [
      ["k", "n"],
      ["label is among the k most likely", "n"],
    ],
    top.map(({ k, accuracy }, i) =>
      h(
        "tr",
        {},
        numberCell(number(pointer("multiClass", "top", i, "k"), "count", k)),
        numberCell(number(pointer("multiClass", "top", i, "accuracy"), "metric", accuracy)),
      ),
    ),
  );
}

/** A head of several classes, of which a row has one. null: another head. */
export function classSection(painter: Painter, page: Page, json: ReportJson): Markup | null {
  const m = json.multiClass;
  if (m === null) return null;
  const at = (key: string): string => pointer("multiClass", key);
  const card = (term: string, key: "macroAuc" | "weightedAuc" | "handTill" | "topLabelError", sub: string): Markup =>
    h("div", {}, h("dt", {}, term), h("dd", {}, h("span", { class: "value" }, number(at(key), "metric", m[key])), h("span", { class: "sub" }, sub)));
  return h(
    "section",
    { id: "classes" },
    h("h2", {}, "Classes"),
    h("p", {}, `${format("count", m.classes.length)} classes, of which a row has one.`),
    h(
      "dl",
      { class: "cards" },
      card("macro AUC", "macroAuc", "one against the rest, mean over the classes"),
      card("weighted AUC", "weightedAuc", "by the weights of the classes"),
      card("Hand and Till's M", "handTill", "mean over pairs of classes"),
      card("top-label calibration error", "topLabelError", "of the predicted class's probability"),
    ),
    h("div", { class: "charts after" }, m.topLabel === null ? null : topLabelFigure(painter, m.topLabel), topTable(m)),
    confusionTable(page, m),
    classTable(page, m.each, at("each"), json.test?.level ?? null),
  );
}
