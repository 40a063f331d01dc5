import { CrossbillError } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import { decodeWeights, encodeWeights } from "../dist/weights-file.js";

const columns = [
  { name: "site", ids: Uint32Array.of(1, 5, 70_000), weights: Float32Array.of(0.5, -1.25, 3) },
  { name: "größe", ids: Uint32Array.of(0), weights: Float32Array.of(0.125) },
];
const nameOf = (column: number, id: number) => `${columns[column]!.name}#${id}`;

test("what is written is read back, columns in order, ids and weights exact", (t) => {
  const back = decodeWeights(encodeWeights(columns, "float32", nameOf), "weights.arrow");
  t.deepEqual(back, columns);
});

test("float64 weights keep all their bits", (t) => {
  const exact = [{ name: "x", ids: Uint32Array.of(0, 1), weights: Float64Array.of(0.1, 1 / 3) }];
  t.deepEqual(
    decodeWeights(
      encodeWeights(exact, "float64", () => "x"),
      "weights.arrow",
    ),
    exact,
  );
});

test("any Arrow library reads column, id, name and weight", (t) => {
  const table = tableFromIPC(encodeWeights(columns, "float32", nameOf));
  t.deepEqual(table.schema.names, ["column", "id", "name", "weight"]);
  t.deepEqual(
    table.toArray().map((row) => ({ ...row.toJSON() })),
    [
      { column: "site", id: 1, name: "site#1", weight: 0.5 },
      { column: "site", id: 5, name: "site#5", weight: -1.25 },
      { column: "site", id: 70_000, name: "site#70000", weight: 3 },
      { column: "größe", id: 0, name: "größe#0", weight: 0.125 },
    ],
  );
});

test("equal weights give equal bytes, however many files were written before", (t) => {
  const first = encodeWeights(columns, "float32", nameOf);
  for (let i = 0; i < 3; i++) t.deepEqual(encodeWeights(columns, "float32", nameOf), first);
});

test("a model without a non-zero weight has a file without rows", (t) => {
  const bytes = encodeWeights([], "float32", () => "");
  t.deepEqual(decodeWeights(bytes, "weights.arrow"), []);
  t.is(tableFromIPC(bytes).numRows, 0);
});

test("several record batches hold one run of rows", (t) => {
  const n = 2 ** 18 + 1000;
  const many = [
    { name: "a", ids: Uint32Array.from({ length: 500 }, (_, i) => i), weights: new Float32Array(500).fill(1) },
    { name: "b", ids: Uint32Array.from({ length: n }, (_, i) => i), weights: Float32Array.from({ length: n }, (_, i) => i + 1) },
  ];
  t.deepEqual(
    decodeWeights(
      encodeWeights(many, "float32", () => "f"),
      "weights.arrow",
    ),
    many,
  );
});

test("bytes that are no weights file are an E_MODEL_WEIGHTS", (t) => {
  const bytes = encodeWeights(columns, "float32", nameOf);
  for (const damaged of [bytes.subarray(0, bytes.length >> 1), new Uint8Array(0), new TextEncoder().encode("column,id\n")]) {
    const thrown = t.throws(() => decodeWeights(damaged, "weights.arrow"), { instanceOf: CrossbillError });
    t.is(thrown?.code, "E_MODEL_WEIGHTS");
  }
});
