import type { Painter } from "../charts/painter.js";
import { gainFigure, precisionRecallFigure, rocFigure } from "../charts/ranking.js";
import type { JsonTest, ReportJson } from "../json.js";
import { h, type Markup } from "../markup.js";
import { number, numberCell, pointer, table } from "./cells.js";
import { decisionPanel } from "./decision.js";

function gainTable({ gain }: JsonTest): Markup | null {
  if (gain.length === 0) return null;
  return h(
    "div",
    {},
    h("h3", {}, "Gain and lift"),
    table(
      "Gain and lift",
      false,
      [
        ["highest predictions", "n"],
        ["positives among them", "n"],
        ["lift", "n"],
      ],
      gain.map((one, i) => {
        const of = pointer("test", "gain", i);
        return h(
          "tr",
          {},
          numberCell(number(`${of}/share`, "percent", one.share)),
          numberCell(number(`${of}/recall`, "percent", one.recall)),
          numberCell(number(`${of}/lift`, "ratio", one.lift)),
        );
      }),
    ),
    h("p", { class: "soft" }, "Of all rows and of all positives, by weight; lift is how many times more than among as many rows at random."),
  );
}

/** Does a positive row get a higher prediction than a negative one, and which threshold decides? */
export function rankingSection(painter: Painter, json: ReportJson, test: JsonTest): Markup {
  return h(
    "section",
    { id: "ranking" },
    h("h2", {}, "Ranking and threshold"),
    h("p", {}, "Does a positive row get a higher prediction than a negative one? And from which prediction on is it worth acting?"),
    h(
      "div",
      { class: "charts" },
      rocFigure(painter, test, json.decision),
      precisionRecallFigure(painter, test, json.decision),
      gainFigure(painter, test, json.decision),
      gainTable(test),
    ),
    decisionPanel(json),
  );
}
