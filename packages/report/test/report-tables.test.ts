import { REPORT_TABLES, reportTables, summarize } from "@crossbill/report";
import test from "ava";
import { parse } from "csv-parse/sync";
import { fullInput } from "./full-fixture.js";
import { HOSTILE } from "./hostile.js";

const read = (input: Parameters<typeof summarize>[0]): Map<string, Record<string, string>[]> =>
  new Map(reportTables(summarize(input)).map(({ name, csv }) => [name, parse(csv, { columns: true }) as Record<string, string>[]]));

test("every table of a full report is written, with the numbers of report.json in full", (t) => {
  const input = fullInput({ rows: 2000 });
  const json = summarize(input);
  const tables = read(input);
  t.deepEqual([...tables.keys()], [...REPORT_TABLES]);
  const text = (x: number | null | undefined): string => (x == null ? "" : String(x));
  const rows = (name: string): Record<string, string>[] => tables.get(name) ?? [];
  t.is(rows("headline").find(({ measure }) => measure === "bias.low")?.["value"], text(json.test?.bias.low));
  t.is(rows("headline").find(({ measure }) => measure === "spiegelhalter.z")?.["value"], text(json.test?.spiegelhalter?.z));
  t.deepEqual(
    rows("slices").map((row) => [row["rows"], row["bias.difference"], row["auc"]]),
    json.slices.map((s) => [text(s.rows), text(s.bias.difference), text(s.auc)]),
  );
  t.is(rows("slices").at(-1)?.["bias.difference"], "", "a slice without rows has no numbers");
  t.deepEqual(
    rows("found-slices").map((row) => [row["metric"], row["rank"], row["effect"], row["adjustedPValue"]]),
    (["bias", "logLoss"] as const).flatMap((metric) =>
      (json.foundSlices[metric]?.found ?? []).map((s, i) => [metric, text(i + 1), text(s.effect), text(s.adjustedPValue)]),
    ),
  );
  t.deepEqual(
    rows("roc").map((row) => [row["falsePositiveRate"], row["truePositiveRate"], row["thresholds"]]),
    json.test?.roc.thresholds.map((threshold, i) => [text(json.test?.roc.falsePositiveRate[i]), text(json.test?.roc.truePositiveRate[i]), text(threshold)]),
  );
  t.is(rows("calibration-bins").length, json.test?.calibration.reduce((sum, c) => sum + c.bins.length, 0) ?? 0);
  t.is(rows("calibration-bins")[3]?.["allHigh"], text(json.test?.calibration[0]?.bins[3]?.allHigh));
  t.deepEqual(rows("changed-rows")[1], {
    key: "row-1",
    label: "1",
    weight: "1",
    predictionNew: "0.41",
    predictionCurrent: text(0.07 + 0.1),
    difference: "-2.7",
  });
  t.deepEqual(
    rows("comparison").map(({ measure }) => measure),
    ["loss", "auc", "brier", "bias of the new model", "bias of the current model"],
  );
  t.deepEqual(rows("rejects"), [
    { code: "E_NUMBER", rows: "20" },
    { code: "E_FIELD_COUNT", rows: "11" },
  ]);
  t.deepEqual(Object.values(rows("confusion-matrix")[2] ?? {}), ["crossbill", "0", "20", "30.5"]);
  t.is(rows("fairness-groups")[1]?.["positiveRate.low"], text(json.fairness[0]?.groups[1]?.positiveRate.low));
  t.is(rows("learning-curve").length, json.train?.curve.length ?? 0);
  t.deepEqual(
    rows("layers"),
    json.train?.curve.flatMap(({ step, layers }) =>
      layers!.map((l) => ({
        step: text(step),
        name: l.name,
        units: text(l.units),
        dead: text(l.dead),
        zeros: text(l.zeros),
        saturated: text(l.saturated),
        gradient: text(l.gradient),
        weights: text(l.weights),
        updateRatio: text(l.updateRatio),
      })),
    ),
  );
  t.is(rows("layers").length, 48);
  t.is(rows("weights")[0]?.["feature"], "device=phone");
  t.is(rows("predictions").length, 50);
  t.is(rows("checks")[1]?.["value"], "");
});

test("hostile texts come back whole from the tables, none of them as a formula", (t) => {
  const words = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", ...HOSTILE, "z".repeat(10_000)];
  const input = fullInput({ rows: 1500, names: words.slice(0, 30), words });
  input.rejects = words.map((code, i) => ({ code, rows: i + 1 })) as never;
  const cells = reportTables(summarize(input)).flatMap(({ csv }) => (parse(csv) as string[][]).flat());
  t.deepEqual(
    cells.filter((cell) => /^[=@\t\r\0]|^[+-](?![\d.])/.test(cell)),
    [],
  );
  const there = new Set(cells);
  for (const word of words) t.true(there.has(word) || there.has(`'${word}`), JSON.stringify(word.slice(0, 40)));
  t.is(read({ rejects: [{ code: "__proto__", rows: 3 }] }).get("rejects")?.[0]?.["rows"], "3");
});

test("a report of nothing has the table of rows alone, and equal reports have equal tables", (t) => {
  t.deepEqual(
    reportTables(summarize({})).map(({ name }) => name),
    ["rows"],
  );
  t.deepEqual(reportTables(summarize(fullInput())), reportTables(summarize(fullInput())));
});
