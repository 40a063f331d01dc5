import { csvText } from "@crossbill/messages";
import type { JsonHistogram, JsonSliceKey, ReportJson } from "./json.js";
import { sliceLabel } from "./sections/cells.js";

/** The tables of a report, and the names of their files: no other name is ever made. */
export const REPORT_TABLES = [
  "headline",
  "gate-limits",
  "causes",
  "comparison",
  "comparison-slices",
  "changed-rows",
  "learning-curve",
  "layers",
  "progressive-validation",
  "diagnostics",
  "roc",
  "precision-recall",
  "gain",
  "decision",
  "calibration-bins",
  "predictions",
  "slices",
  "found-slices",
  "fairness-groups",
  "fairness-differences",
  "classes",
  "confusion-matrix",
  "top-k",
  "weights",
  "weight-histogram",
  "rows",
  "rejects",
  "checks",
] as const;
export type ReportTableName = (typeof REPORT_TABLES)[number];

type Row = Map<string, string>;

type Leaf = string | number | boolean | null | undefined;
const textOf = (leaf: Leaf): string => (leaf == null ? "" : String(leaf));

const SLICES = new Set(["slice", "most", "least"]);

/** The leaves of an object by their path, "bias.low"; a slice is its label, a list of texts is joined, other lists are left out. */
function flat(value: object, path = "", row: Row = new Map()): Row {
  for (const [key, one] of Object.entries(value) as [string, unknown][]) {
    const name = path === "" ? key : `${path}.${key}`;
    if (Array.isArray(one)) {
      if (one.every((item) => typeof item === "string")) row.set(name, one.join("; "));
    } else if (one !== null && typeof one === "object") {
      if (SLICES.has(key)) row.set(name, sliceLabel(one as JsonSliceKey));
      else flat(one, name, row);
    } else row.set(name, textOf(one as Leaf));
  }
  return row;
}

const pairs = (value: object | null): Row[] =>
  value === null
    ? []
    : [...flat(value)].map(
        ([measure, text]) =>
          new Map([
            ["measure", measure],
            ["value", text],
          ]),
      );

/** Columns of equal length as rows. */
function zipped(columns: object): Row[] {
  const entries = Object.entries(columns) as [string, readonly Leaf[]][];
  const length = Math.max(0, ...entries.map(([, list]) => list.length));
  return Array.from({ length }, (_, i) => new Map(entries.map(([name, list]) => [name, textOf(list[i])])));
}

function bars(histogram: JsonHistogram | null): Row[] {
  if (histogram === null || histogram.low === null || histogram.high === null) return [];
  const { low, high, rows, weight, positiveWeight } = histogram;
  const edge = (i: number): number => low + ((high - low) * i) / rows.length;
  return zipped({ low: rows.map((_, i) => edge(i)), high: rows.map((_, i) => edge(i + 1)), rows, weight, positiveWeight });
}

const rowsOf = (items: readonly object[] | undefined): Row[] => (items ?? []).map((item) => flat(item));
const named = (name: string, text: string | number, row: Row): Row => new Map([[name, String(text)], ...row]);

/** One row for each label, one column for each predicted class; columns are told apart by their numbers where names are equal. */
function confusion({ multiClass }: ReportJson): Row[] {
  if (multiClass === null) return [];
  const { classes, confusion: square } = multiClass;
  return square.map((line, i) => new Map([["label", classes[i] ?? ""], ...line.map((w, j): [string, string] => [`${j + 1}: ${classes[j]}`, textOf(w)])]));
}

function comparison({ comparison: c }: ReportJson): Row[] {
  if (c === null) return [];
  const of = (measure: string, found: object | null): Row[] => (found === null ? [] : [named("measure", measure, flat(found))]);
  return [
    ...of("loss", c.overall),
    ...of("auc", c.auc),
    ...of("brier", c.brier),
    ...of("bias of the new model", c.biasNew),
    ...of("bias of the current model", c.biasCurrent),
  ];
}

function tables(json: ReportJson): Record<ReportTableName, Row[]> {
  const { test, train, foundSlices, fairness } = json;
  return {
    headline: pairs(test),
    "gate-limits": rowsOf(json.gate?.limits),
    causes: rowsOf(json.causes),
    comparison: comparison(json),
    "comparison-slices": rowsOf(json.comparison?.slices),
    "changed-rows": rowsOf(json.comparison?.changed),
    "learning-curve": rowsOf(train?.curve),
    layers: (train?.curve ?? []).flatMap(({ step, layers }) => rowsOf(layers).map((row) => named("step", step, row))),
    "progressive-validation": rowsOf(train?.progressive),
    diagnostics: rowsOf(train?.diagnostics),
    roc: zipped(test?.roc ?? {}),
    "precision-recall": zipped(test?.precisionRecall ?? {}),
    gain: rowsOf(test?.gain),
    decision: pairs(json.decision),
    "calibration-bins": (test?.calibration ?? []).flatMap(({ strategy, bins }) => bins.map((bin) => named("strategy", strategy, flat(bin)))),
    predictions: bars(test?.histogram ?? null),
    slices: rowsOf(json.slices),
    "found-slices": [foundSlices.bias, foundSlices.logLoss].flatMap((search) =>
      (search?.found ?? []).map((one, i) => named("metric", search?.metric ?? "", named("rank", i + 1, flat(one)))),
    ),
    "fairness-groups": fairness.flatMap(({ field, groups }) => groups.map((group) => named("field", field, flat(group)))),
    "fairness-differences": fairness.flatMap(({ field, differences }) => differences.map((one) => named("field", field, flat(one)))),
    classes: rowsOf(json.multiClass?.each ?? test?.classes),
    "confusion-matrix": confusion(json),
    "top-k": rowsOf(json.multiClass?.top),
    weights: rowsOf(json.weights?.strongest),
    "weight-histogram": bars(json.weights?.histogram ?? null),
    rows: pairs(json.rows),
    rejects: Object.entries(json.rejects).map(
      ([code, rows]) =>
        new Map([
          ["code", code],
          ["rows", String(rows)],
        ]),
    ),
    checks: rowsOf(json.checks),
  };
}

/**
 * Every table of `report.json` that has rows, as CSV (RFC 4180, a line of names first). Numbers have all their digits, undefined ones are empty;
 * columns are named by their paths in the JSON. Texts that a spreadsheet would run begin with an apostrophe.
 */
export function reportTables(json: ReportJson): { name: ReportTableName; csv: string }[] {
  const found = tables(json);
  return REPORT_TABLES.flatMap((name) => {
    const rows = found[name];
    if (rows.length === 0) return [];
    const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
    return [{ name, csv: csvText([columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? ""))]) }];
  });
}
