import type { AblateSummary } from "@crossbill/pipeline";
import { nameOf, out, table } from "./terminal.js";

/** What each column brings, most first. */
export function showAblation(s: AblateSummary): void {
  const hasAuc = s.columns.some(({ auc }) => auc !== null);
  out(
    table([
      ["without", "loss rises by", "95%", ...(hasAuc ? ["AUC changes by", "95%"] : []), "the column"],
      ...s.columns.map(({ column, difference, low, high, auc, said, error }) => [
        nameOf(column),
        signed(difference),
        `${signed(low)} to ${signed(high)}`,
        ...(hasAuc ? [signed(auc?.difference), auc === null ? "" : `${signed(auc.low)} to ${signed(auc.high)}`] : []),
        error === null ? said : error.code,
      ]),
    ]),
  );
  out("");
  out(
    table([
      ["what", "value"],
      ["with all columns", `loss ${s.whole.loss.toFixed(5)}${Number.isFinite(s.whole.auc) ? `, AUC ${s.whole.auc.toFixed(5)}` : ""}`],
      ["measured on", `${s.rows.toLocaleString("en-US")} ${s.part} rows`],
      ["trained / found done", `${s.trainings.done} / ${s.trainings.known}`],
      ["seconds", s.seconds.total.toFixed(1)],
      ["file", s.file],
    ]),
  );
}

const signed = (x: number | undefined): string => (x === undefined || Number.isNaN(x) ? "undefined" : `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(5)}`);
