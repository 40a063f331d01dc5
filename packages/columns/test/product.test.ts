import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { ColumnReader, columnSize, Encoder, featureName, fieldsOf, isNumeric, numericTransform, planColumns, RowEncoder } from "../dist/index.js";
import { batchOf, encodeRows, fitRows, reset, runtime, type Spec, type TextRow } from "./support.js";

const { STANDARDIZE } = v1.NumericSpec.Scale;
const { INDICATOR, REJECT } = v1.NumericSpec.Missing;
const FIELDS = ["w", "h", "d"];
const area: Spec = { name: "area", product: { fields: ["w", "h"], number: { scale: STANDARDIZE, missing: INDICATOR } } };
const rowsOf = (rows: readonly (readonly (number | string | null)[])[]): TextRow[] =>
  rows.map((row) => Object.fromEntries(FIELDS.map((field, i) => [field, row[i] == null ? null : String(row[i])])));

test.beforeEach(() => reset());

test("a product is the numbers multiplied, missing where one of them is", (t) => {
  const rows = rowsOf([
    [2, 3],
    [0.1, 3],
    [null, 3],
    [4, null],
    ["-0", 5],
  ]);
  const state = fitRows([area], FIELDS, rows);
  t.deepEqual([...encodeRows([area], FIELDS, rows, state).numbers.get("area")!], [6, 0.1 * 3, Number.NaN, Number.NaN, -0]);
  t.deepEqual([state.states[0]!.numeric!.count, state.states[0]!.numeric!.missing], [3, 2]);
  t.deepEqual([columnSize(area, state), featureName(area, state, 1), fieldsOf(area, [area])], [2, "area missing", ["w", "h"]]);
  t.true(isNumeric(area));
});

test("it is scaled by the moments of the products", (t) => {
  const state = fitRows(
    [area],
    FIELDS,
    rowsOf([
      [1, 1],
      [2, 2],
      [1, 7],
    ]),
  );
  const transform = numericTransform(area, state.states[0]!);
  t.is(transform(4), 0);
  t.true(Math.abs(transform(7) - 3 / Math.sqrt(6)) < 1e-15);
  t.is(transform(Number.NaN), 0);
});

test("a field twice is its square, and three are multiplied from left to right", (t) => {
  const specs: Spec[] = [
    { name: "square", product: { fields: ["w", "w"] } },
    { name: "volume", product: { fields: ["w", "h", "d"] } },
    { name: "backwards", product: { fields: ["d", "h", "w"] } },
  ];
  const rows = rowsOf([[0.1, 0.2, 0.3]]);
  const { numbers } = encodeRows(specs, FIELDS, rows, fitRows(specs, FIELDS, rows));
  t.deepEqual([numbers.get("square")![0], numbers.get("volume")![0], numbers.get("backwards")![0]], [0.1 * 0.1, 0.1 * 0.2 * 0.3, 0.3 * 0.2 * 0.1]);
});

test("any numbers: a batch and its rows one by one agree bit for bit, rejects too", (t) => {
  const number = fc.option(
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => String(Object.is(x, -0) ? "-0" : x)),
      fc.constantFrom("0", "1e200", "-1e300", "x", ""),
    ),
    { freq: 6 },
  );
  const specs: Spec[] = [
    { name: "volume", product: { fields: ["w", "h", "d"], number: { missing: REJECT } } },
    { name: "square", product: { fields: ["h", "h"], number: { clipLow: 0, clipHigh: 1 } } },
  ];
  const state = fitRows(specs, FIELDS, rowsOf([[1, 2, 3]]));
  const single = new RowEncoder(specs, state, []);
  fc.assert(
    fc.property(fc.array(fc.record({ w: number, h: number, d: number }), { minLength: 1, maxLength: 12 }), (rows) => {
      reset();
      const { numbers, rejects } = encodeRows(specs, FIELDS, rows, state);
      rows.forEach((row, i) => {
        const reject = rejects.find((one) => one.row === i);
        if (reject !== undefined) {
          const error = t.throws(() => single.encodeRow(row), { code: reject.code });
          t.is((error as { details?: { field?: string } }).details?.field, reject.field);
          return;
        }
        const one = single.encodeRow(row);
        for (const { name } of specs) t.true(Object.is(one.numbers.get(name!), numbers.get(name!)![i]));
      });
    }),
    { numRuns: 300 },
  );
});

test("a product that is not finite is no number, even where a later factor is 0", (t) => {
  const specs: Spec[] = [{ name: "volume", product: { fields: ["w", "h", "d"] } }];
  const rows = rowsOf([
    ["1e200", "-1e200", 1],
    ["1e200", "1e200", 0],
    ["1e200", "1e200", null],
    ["1e-200", "1e-200", 5],
  ]);
  const batch = new ColumnReader(specs, FIELDS, runtime).prepare(batchOf(FIELDS, rows));
  t.deepEqual(batch.rejects, [
    { row: 0, code: "E_NUMBER", field: "w", reason: "the product w x h x d is not finite: 1e200 x -1e200 x 1" },
    { row: 1, code: "E_NUMBER", field: "w", reason: "the product w x h x d is not finite: 1e200 x 1e200 x 0" },
  ]);
});

test("a product of one field, of none, of a nameless one, or crossed, is refused", (t) => {
  for (const product of [{ fields: ["w"] }, {}, { fields: ["w", ""] }, { fields: ["w", "h"], number: { field: "w" } }])
    t.throws(() => planColumns([{ name: "area", product }]), { code: "E_COLUMN_SPEC" });
  t.throws(() => planColumns([area, { name: "x", crossed: { inputs: ["area", "w"], buckets: 8 } }]), { code: "E_CROSS_INPUT" });
});

test("a factor that the data lack is an error, which says so where it is an entry of columns", (t) => {
  const bands: Spec = { name: "bands", bucketized: { field: "w", boundaries: [1] } };
  const specs: Spec[] = [bands, { name: "p", product: { fields: ["w", "bands"] } }];
  t.throws(() => new ColumnReader(specs, FIELDS, runtime), {
    code: "E_COLUMN_FIELD",
    message: /"bands".*an entry of columns; a product multiplies fields of the data only/,
  });
});

test("a reader made for other products does not serve a state", (t) => {
  const state = fitRows([area], FIELDS, rowsOf([[1, 2]]));
  const other: Spec = { name: "square", product: { fields: ["w", "w"] } };
  t.throws(() => new Encoder(new ColumnReader([other, { name: "h", numeric: { field: "h" } }], FIELDS, runtime), state), { code: "E_COLUMN_STATE" });
});
