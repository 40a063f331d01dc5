import type { JsonTrain } from "../json.js";
import { type Child, h, type Markup } from "../markup.js";
import { notAll, number, type Page, pointer } from "./cells.js";

const MAX_FINDINGS = 30;
const MESSAGE_LENGTH = 600;

/** What training found, with what to do about it: warnings first. */
export function findings(page: Page, train: JsonTrain): Markup | null {
  const all = [...train.diagnostics.filter(({ level }) => level === "warn"), ...train.diagnostics.filter(({ level }) => level === "info")];
  const shown = all.slice(0, MAX_FINDINGS);
  if (shown.length === 0) return null;
  return h(
    "div",
    { id: "diagnostics" },
    h("h3", {}, "What training found"),
    h(
      "ul",
      {},
      ...shown.map(({ code, level, message }) =>
        h(
          "li",
          {},
          h("strong", {}, level === "warn" ? "Warning " : "Note "),
          h("code", {}, page.names.name(code)),
          ": ",
          page.names.name(message, MESSAGE_LENGTH),
        ),
      ),
    ),
    notAll(shown.length, all.length, "findings"),
  );
}

/** How far the loss of some classes is from that of all. */
export function sampledLoss({ sampledLoss: found }: JsonTrain): Markup[] {
  if (found === null) return [];
  const at = (key: string): string => pointer("train", "sampledLoss", key);
  const correction: Child =
    found.correction === "none"
      ? "every draw holds all classes: no correction"
      : "logits corrected by the logarithm of how often a draw holds a class; evaluation and prediction use all classes";
  return [
    h("dt", {}, "sampled loss"),
    h(
      "dd",
      {},
      number(at("sampled"), "metric", found.sampled),
      ", of all classes ",
      number(at("full"), "metric", found.full),
      ", difference ",
      number(at("difference"), "signed", found.difference),
      " (",
      number(at("rows"), "count", found.rows),
      " training rows at the kept step; ",
      correction,
      ")",
    ),
  ];
}

const MAX_CLASSES = 30;

/** Which training rows were left out. */
export function samplingFacts(page: Page, { sampling }: JsonTrain): Markup[] {
  if (sampling === null) return [];
  const at = (i: number, key: string): string => pointer("train", "sampling", "classes", i, key);
  const left = sampling.classes.map((of, i) => ({ of, i })).filter(({ of }) => of.rate !== 1);
  return [
    h("dt", {}, "rows left out"),
    h(
      "dd",
      {},
      ...left
        .slice(0, MAX_CLASSES)
        .map(
          ({ of, i }, n): Child => [
            n === 0 ? null : "; ",
            number(at(i, "kept"), "count", of.kept),
            " of ",
            number(at(i, "rows"), "count", of.rows),
            " training rows of ",
            page.names.name(of.class),
            " kept at rate ",
            number(at(i, "rate"), "plain", of.rate),
          ],
        ),
      left.length > MAX_CLASSES ? ", and more" : null,
      sampling.correct === "weight"
        ? "; a kept row weighs 1 / rate. Losses of training are of these weighted rows"
        : "; the intercept is corrected for it. Losses of training and a certificate are of the kept rows, before that",
      "; validation and test rows are all there.",
    ),
  ];
}
