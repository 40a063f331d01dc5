import { gradientFigure, MAX_LINES, zerosFigure } from "../charts/layers.js";
import type { Painter } from "../charts/painter.js";
import type { JsonTrain, ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { limited, notAll, number, numberCell, type Page, pointer, rowHead, table } from "./cells.js";

const MAX_LAYERS = 100;
const MAX_CHARACTERS = 80_000;

/** What training says of layers, in words. */
const VERDICTS = new Map([
  ["D_DEAD_UNITS", "dead units"],
  ["D_SATURATED_UNITS", "saturated activations"],
  ["D_VANISHING_GRADIENT", "vanishing gradients"],
  ["D_EXPLODING_GRADIENT", "exploding gradients"],
]);

/** The layers of a network as the last evaluation saw them, and on the way; null of models without a network. */
export function layerSection(painter: Painter, page: Page, { train }: ReportJson): Markup | null {
  const at = train?.curve.findLastIndex(({ layers }) => layers !== undefined) ?? -1;
  if (train === null || at < 0) return null;
  const layers = train.curve[at]!.layers!;
  const rows = limited(layers, MAX_LAYERS, MAX_CHARACTERS, ({ name, units, zeros, dead, saturated, gradient, updateRatio }, l) => {
    const of = (key: string): string => pointer("train", "curve", at, "layers", l, key);
    return h(
      "tr",
      {},
      rowHead(page.names.name(name)),
      numberCell(number(of("units"), "count", units)),
      numberCell(number(of("zeros"), "percent", zeros)),
      numberCell(number(of("dead"), "count", dead)),
      numberCell(number(of("saturated"), "percent", saturated)),
      numberCell(number(of("gradient"), "metric", gradient)),
      numberCell(number(of("updateRatio"), "percent", updateRatio)),
    );
  });
  return h(
    "section",
    { id: "layers" },
    h("h2", {}, "Layers"),
    verdict(train),
    h("p", { class: "soft" }, "The table is of the last evaluation, step ", number(pointer("train", "curve", at, "step"), "count", train.curve[at]!.step), "."),
    table(
      "Layers",
      false,
      [
        ["layer", "text"],
        ["units", "n"],
        ["activations that are 0", "n"],
        ["dead units", "n"],
        ["saturated", "n"],
        ["gradient", "n"],
        ["step / weights", "n"],
      ],
      rows,
    ),
    notAll(rows.length, layers.length, "layers"),
    h(
      "p",
      { class: "soft" },
      "A dead unit is 0 for every training row looked at; saturated activations are at a flat end of their function. Gradient: root of the mean square over the layer's parameters, of a block's mean loss. Step / weights: the length of the optimiser's step by that of the parameters.",
    ),
    h("div", { class: "charts" }, zerosFigure(painter, train), gradientFigure(painter, train)),
    notAll(Math.min(MAX_LINES, layers.length), layers.length, "layers in the charts"),
  );
}

function verdict({ diagnostics }: JsonTrain): Markup {
  const found = [...VERDICTS].filter(([code]) => diagnostics.some((one) => one.code === code)).map(([, words]) => words);
  return found.length === 0
    ? h("p", {}, "Training reports no dead units, saturated activations, vanishing or exploding gradients.")
    : h(
        "p",
        {},
        h("strong", {}, "Training found "),
        `${found.join(", ")}: which layers and what helps is told under `,
        h("a", { href: "#diagnostics" }, "Learning"),
        ".",
      );
}
