import fs from "node:fs";
import path from "node:path";
import { type CrossbillError, type ErrorCode, v1 } from "@crossbill/messages";
import { loadModel, type Model, outputsOf, placeColumns, type Row, saveModel } from "@crossbill/models";
import test from "ava";
import { predictFile } from "../dist/index.js";
import { temporary } from "./example.js";

const MISSING = ["", "?", "-1"];
const TEXTS = ["a", "b", "größe", "=1+1", "7", "07"];
const FIELDS = ["x", "y", "t", "list", "hour"] as const;

/** A column of every kind over these fields; those that refuse rows among them. */
function stateOf(): v1.FeatureState {
  const texts = TEXTS.map((text) => Buffer.from(text));
  const values = { bytes: Buffer.concat(texts), lengths: texts.map(({ length }) => length) };
  const items = { kind: v1.ItemsSpec.Kind.LIST };
  const { LOG, STANDARDIZE } = v1.NumericSpec.Scale;
  const fitted = { count: 9, mean: 3, standardDeviation: 2, scaledMean: 1, scaledStandardDeviation: 0.5 };
  const state = {
    columns: [
      { name: "x", numeric: { field: "x", scale: STANDARDIZE, missing: v1.NumericSpec.Missing.INDICATOR } },
      { name: "logY", numeric: { field: "y", scale: LOG } },
      { name: "xy", product: { fields: ["x", "y"], number: { scale: STANDARDIZE } } },
      { name: "band", bucketized: { field: "x", boundaries: [0, 5] } },
      { name: "t", vocabulary: { field: "t", minCount: 1, outOfVocabulary: 3 } },
      { name: "list", vocabulary: { field: "list", minCount: 1, outOfVocabulary: 1, items } },
      { name: "hour", identity: { field: "hour", size: 24 } },
      { name: "bucket", hashed: { field: "t", buckets: 50 } },
      { name: "bandHour", crossed: { inputs: ["band", "hour"] } },
      { name: "listHour", crossed: { inputs: ["list", "t"], buckets: 64 } },
    ],
    states: [
      { name: "x", numeric: fitted },
      { name: "logY", numeric: fitted },
      { name: "xy", numeric: fitted },
      { name: "band", bucketized: { boundaries: [0, 5] } },
      { name: "t", vocabulary: { values, counts: TEXTS.map(() => 5) } },
      { name: "list", vocabulary: { values, counts: TEXTS.map(() => 5) } },
    ],
    rows: 50,
  };
  return v1.FeatureState.decode(v1.FeatureState.encode(state).finish());
}

async function modelOf(classes: readonly string[]): Promise<Model> {
  const state = stateOf();
  const head = classes.length === 0 ? v1.Head.LOGISTIC : v1.Head.SOFTMAX;
  const spec = v1.ModelSpec.create({ head, columns: state.columns.map(({ name }) => name) });
  const placement = placeColumns(spec, state);
  const K = outputsOf(head, classes.length);
  const weights = Float64Array.from({ length: K * placement.features }, (_, i) => ((i * 37) % 11 < 4 ? 0 : ((i * 53) % 101) / 101 - 0.5));
  const dir = path.join(temporary(), "model");
  const intercepts = classes.map((_, k) => k / 4);
  await saveModel(dir, { spec, state, placement, weights, intercept: 0.25, classes, intercepts, data: v1.DataContract.create({ missing: MISSING }) });
  return loadModel(dir);
}

const pick = <T>(of: readonly T[], i: number): T => of[i % of.length]!;
const rows: Readonly<Record<string, string>>[] = Array.from({ length: 3000 }, (_, i) => ({
  x: pick(["0", "2.5", "-1", "?", "1e3", "-0", "", "3", "0x1", "17"], i * 7 + (i >> 4)),
  y: pick(["1", "2.25", "", "1e-3", "0", "400", "?"], i * 5 + (i >> 3)),
  t: pick([...TEXTS, "new", "", "?", "-1", `n${i}`], i * 3 + (i >> 2)),
  list: pick(['["a","b","a"]', '{"a":0.5,"nobody":2}', "", "?", "[1,", "plain", "[]", '["größe"]'], i * 11 + (i >> 5)),
  hour: pick(["0", "23", "24", "", "7", "1.5", "11"], i * 13 + (i >> 1)),
}));

for (const classes of [[], ["no", "yes", "may,be"]]) {
  test(`columns of every kind are scored from a file as row by row: ${classes.length === 0 ? "one prediction" : "several classes"}`, async (t) => {
    const model = await modelOf(classes);
    const rejects: Record<string, number> = {};
    const unseen: Record<string, number> = {};
    const expected = rows.map((row) => {
      try {
        const score = model.score(row as Row);
        for (const column of score.unseen) unseen[column] = (unseen[column] ?? 0) + 1;
        return score.classes === null ? [score.prediction] : [model.classes[score.classes.best]!, ...score.classes.probabilities];
      } catch (thrown) {
        const code = (thrown as CrossbillError).code as ErrorCode;
        rejects[code] = (rejects[code] ?? 0) + 1;
        return null;
      }
    });
    const dir = temporary();
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fs.writeFileSync(path.join(dir, "in.csv"), `${FIELDS.join(",")}\n${rows.map((row) => FIELDS.map((field) => quoted(row[field]!)).join(",")).join("\n")}\n`);
    fs.writeFileSync(path.join(dir, "in.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    for (const input of ["in.csv", "in.jsonl"]) {
      const result = await predictFile({ model, input: path.join(dir, input), output: path.join(dir, "out.jsonl"), keep: ["t"] });
      const lines = fs.readFileSync(path.join(dir, "out.jsonl"), "utf8").trimEnd().split("\n");
      const { t: _, ...none } = JSON.parse(lines.find((line) => line.includes("null"))!) as Record<string, unknown>;
      t.deepEqual(
        lines.map((line) => JSON.parse(line) as unknown),
        rows.map((row, i) => ({ t: row["t"], ...Object.fromEntries(Object.keys(none).map((name, k) => [name, expected[i]?.[k] ?? null])) })),
        input,
      );
      t.deepEqual(result.rejects, rejects);
      t.deepEqual(result.unseen, unseen);
    }
    t.deepEqual(Object.keys(rejects).sort(), ["E_IDENTITY_RANGE", "E_LIST", "E_LOG_RANGE", "E_NUMBER"]);
    t.true(expected.filter((one) => one !== null).length > 300);
    t.true(unseen["t"]! > 50 && unseen["list"]! > 50);
  });
}
