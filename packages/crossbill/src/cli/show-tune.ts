import type { TuneSummary } from "@crossbill/pipeline";
import { out, table } from "./terminal.js";

const MOST_TRIALS = 20;
const VALUE_LENGTH = 40;

type Trial = TuneSummary["trials"][number];

/** The table of trials, best first, and what to do with it. */
export function showTune(s: TuneSummary): void {
  const order = s.bestFirst.map((number) => s.trials[number - 1]!);
  const paths = s.parameters.map(({ path }) => path);
  const rungs = s.rungs.length > 0;
  out(
    table([
      ["trial", ...paths, s.metric, "against the best", "non-zero", ...(rungs ? ["epochs"] : []), ""],
      ...order
        .slice(0, MOST_TRIALS)
        .map((t) => [
          String(t.trial),
          ...paths.map((path) => shown(t.parameters[path])),
          fixed(t[s.metric]),
          t.difference === null ? "" : `${signed(t.difference)} (se ${fixed(t.differenceStandardError)})`,
          t.nonZero === null ? "" : t.nonZero.toLocaleString("en-US"),
          ...(rungs ? [String(s.rungs[t.rung - 1]?.epochs ?? "")] : []),
          noteOf(s, t),
        ]),
    ]),
  );
  if (order.length > MOST_TRIALS) out(`and ${order.length - MOST_TRIALS} more, in ${s.report}`);
  out("");
  const { best, oneStandardError: sparse } = s;
  const facts = [
    ["what", "value"],
    ["trained / found done", `${s.trainings.done} / ${s.trainings.known}`],
    ["measured on", `${s.rows.validation.toLocaleString("en-US")} validation rows; no test row was read`],
    ["best", `trial ${best.trial}`],
  ];
  if (sparse !== null)
    facts.push([
      "sparsest within one standard error",
      `trial ${sparse.trial}, ${(sparse.nonZero ?? 0).toLocaleString("en-US")} non-zero weights (mean loss at most ${fixed(sparse.limit)})`,
    ]);
  facts.push(["seconds", s.seconds.total.toFixed(1)], ["page", s.report], ["configuration", s.bestFile]);
  out(table(facts));
  out("");
  out(JSON.stringify(best.configuration, null, 2));
}

function noteOf(s: TuneSummary, t: Trial): string {
  if (t.error !== null) return t.error.code;
  const notes = [t.trial === s.best.trial ? "best" : "", t.trial === s.oneStandardError?.trial ? "sparsest within one se" : ""];
  return notes.filter((text) => text !== "").join(", ");
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= VALUE_LENGTH ? text : `${text.slice(0, VALUE_LENGTH - 1)}\u2026`;
}

const fixed = (x: number | null): string => (x === null ? "undefined" : x.toFixed(5));
const signed = (x: number): string => `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(5)}`;
