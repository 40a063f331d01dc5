import { CrossbillError, v1 } from "@crossbill/messages";
import test, { type ExecutionContext } from "ava";
import { columnSpecs, dataSpec, folder, packRows, run, write } from "./support.js";

const ITEMS = v1.ItemsSpec.Kind;

/** Every kind of column over one field. */
const EVERY = (field: string): v1.ColumnSpec[] =>
  columnSpecs(
    { name: "number", numeric: { field, scale: v1.NumericSpec.Scale.STANDARDIZE, missing: v1.NumericSpec.Missing.INDICATOR } },
    { name: "minmax", numeric: { field, scale: v1.NumericSpec.Scale.MINMAX } },
    { name: "log1p", numeric: { field, scale: v1.NumericSpec.Scale.LOG1P } },
    { name: "robust", numeric: { field, scales: [v1.NumericSpec.Scale.STANDARDIZE], robust: true } },
    { name: "outliers", numeric: { field, outliers: v1.NumericSpec.Outliers.TO_BOUND } },
    { name: "bands", bucketized: { field, quantiles: 4 } },
    { name: "nonZero", bucketized: { field, quantiles: 4, ofNonZero: true } },
    { name: "vocabulary", vocabulary: { field, minCount: 1, outOfVocabulary: 1 } },
    { name: "hashed", hashed: { field, buckets: 10 } },
    { name: "identity", identity: { field, size: 10, defaultValue: 0 } },
    { name: "words", vocabulary: { field, minCount: 1, outOfVocabulary: 1, items: { kind: ITEMS.WORDS, least: 1, most: 2 } } },
    { name: "list", hashed: { field, buckets: 10, items: { kind: ITEMS.LIST } } },
    { name: "weighted", hashed: { field, buckets: 10, items: { kind: ITEMS.SEPARATED, separator: "|", weighted: true } } },
    { name: "product", product: { fields: [field, "other"], number: { scale: v1.NumericSpec.Scale.STANDARDIZE } } },
    { name: "crossed", crossed: { inputs: ["vocabulary", "bands"], buckets: 10 } },
    { name: "crossedWords", crossed: { inputs: ["words", "other"], buckets: 10 } },
  );

const HISTORY = { histories: [{ name: "before", by: "x", of: "x", order: "other", last: 3 }] };
const WITH_HISTORY = columnSpecs({ name: "before", vocabulary: { field: "before", minCount: 1, outOfVocabulary: 1, items: { kind: ITEMS.LIST } } });

async function packed(t: ExecutionContext, rows: readonly string[], given: { columns: v1.ColumnSpec[]; data?: v1.DataSpec.$Properties }) {
  const dir = folder(t);
  const file = write(dir, "a.csv", `y,x,other\n${rows.join("\n")}\n`);
  const outcome = await run(`${dir}/w`, { train: [file], columns: given.columns, data: dataSpec(given.data ?? {}) });
  const [pack] = await packRows(`${dir}/w`, outcome.manifest, v1.Part.TRAIN);
  t.is(pack!.rows + outcome.rejected, outcome.read);
  return { outcome, pack: pack! };
}

for (const column of EVERY("x")) {
  const inputs = (column.crossed?.inputs ?? []).flatMap((name) => EVERY("x").filter((one) => one.name === name));
  test(`a column without a value, as ${column.name}, is missing in every row`, async (t) => {
    const { outcome, pack } = await packed(t, ["1,,1", "0,,2", "1,,3"], { columns: [...inputs, column] });
    t.deepEqual([outcome.read, outcome.rejected], [3, 0]);
    const numbers = pack.numbers.get(column.name);
    const ids = pack.ids.get(column.name);
    if (numbers !== undefined) t.true(numbers.every(Number.isNaN), String(numbers));
    else if (ids !== undefined && column.crossed === null) t.deepEqual(ids, new Uint32Array(3), column.name);
    else t.true(ids !== undefined || pack.pairs.get(column.name)!.offsets.length === 4);
  });

  test(`a column with one value, as ${column.name}, is the same in every row`, async (t) => {
    const { outcome, pack } = await packed(t, ["1,1,1", "0,1,1", "1,1,1"], { columns: [...inputs, column].filter(({ name }) => name !== "weighted") });
    if (column.name === "weighted") return t.pass();
    t.deepEqual([outcome.read, outcome.rejected], [3, 0]);
    const values = pack.numbers.get(column.name) ?? pack.ids.get(column.name) ?? pack.pairs.get(column.name)!.ids;
    t.is(new Set(values).size, column.name === "words" || column.name === "crossedWords" ? new Set(values).size : 1);
  });

  test(`a single row, as ${column.name}, is refused for its one class and learned from as a number`, async (t) => {
    const columns = [...inputs, column];
    const error = await t.throwsAsync(packed(t, ["1,1:1,1"], { columns: columns.map((one) => one), data: { maxRejected: 1 } }), { instanceOf: CrossbillError });
    t.regex((error as CrossbillError).code, /^E_(ONE_CLASS|NO_ROWS)$/);
    const { outcome } = await packed(
      t,
      ["1.5,1,1"].map((row) => (column.name === "weighted" ? "1.5,a:1,1" : row)),
      {
        columns,
        data: { label: { field: "y", number: true } },
      },
    );
    t.deepEqual([outcome.read, outcome.rejected], [1, 0]);
  });
}

test("a history without keys, values or order lists nothing", async (t) => {
  for (const rows of [
    ["1,,1", "0,,2"],
    ["1,a,", "0,a,"],
  ]) {
    const { outcome, pack } = await packed(t, rows, { columns: WITH_HISTORY, data: HISTORY });
    t.deepEqual([outcome.read, outcome.rejected], [2, 0]);
    t.is(pack.pairs.get("before")!.ids.length, 0);
  }
});

test("files that hold no rows are one clear error, in every part and format", async (t) => {
  const dir = folder(t);
  const formats: Record<string, string> = {
    csv: "y,x\n1,a\n0,b\n",
    jsonl: '{"y":1,"x":"a"}\n{"y":0,"x":"b"}\n',
    libsvm: "1 1:1\n0 2:1\n",
    vw: "1 |a b\n0 |a c\n",
  };
  for (const [format, good] of Object.entries(formats)) {
    const sparse = format === "libsvm" || format === "vw";
    const data = dataSpec({ format, label: { field: sparse ? "label" : "y", positive: ["1"], negative: ["0"] } });
    const columns = columnSpecs({ name: "x", hashed: { field: sparse ? "features" : "x", buckets: 5 } });
    const file = write(dir, `good.${format}`, good);
    for (const empty of ["", "\n", "\r\n\r\n", ...(format === "csv" ? ["y,x", "y,x\n\n"] : [])]) {
      const none = write(dir, `none.${format}`, empty);
      for (const files of [{ train: [none] }, { train: [file], test: [none] }, { train: [file], validation: [none] }, { train: [file, none] }]) {
        const error = await t.throwsAsync(run(`${dir}/w`, { ...files, data, columns }), { instanceOf: CrossbillError }, `${format} ${JSON.stringify(empty)}`);
        t.regex((error as CrossbillError).code, /^E_(EMPTY_FILE|NO_ROWS)$/);
        t.true(error!.message.includes(none));
      }
    }
  }
});

test("a test file whose rows are all bad stops the run as well", async (t) => {
  const dir = folder(t);
  const train = write(dir, "a.csv", `y,x\n${"1,1\n0,2\n".repeat(20)}`);
  const bad = write(dir, "b.csv", "y,x\n1,2,3\n0,2,3\n");
  await t.throwsAsync(run(`${dir}/w`, { train: [train], test: [bad], columns: columnSpecs({ name: "x", numeric: { field: "x" } }) }), {
    code: "E_TOO_MANY_REJECTS",
  });
});
