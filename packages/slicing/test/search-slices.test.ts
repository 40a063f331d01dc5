import { CrossbillError } from "@crossbill/messages";
import { findSlices, type SearchOptions, type SliceSearch, type SliceValue, searchSlices } from "@crossbill/slicing";
import test from "ava";
import fc from "fast-check";
import { makeTable, type Table } from "./search-support.js";

const search = ({ labels, probabilities, slices }: Table, options: SearchOptions): SliceSearch => searchSlices(labels, probabilities, slices, options);

test("a planted slice is found and nothing but it", (t) => {
  for (const seed of [1, 2])
    for (const metric of ["bias", "logLoss"] as const) {
      const table = makeTable(12_000, seed, metric === "bias" ? 1 : 2);
      const found = findSlices(table.labels, table.probabilities, table.slices, { metric, depth: 3, minRows: 100 });
      t.deepEqual(found[0]!.slice, { a: 1, b: null }, `${metric}, ${seed}`);
      t.true(found.length <= 2);
      const { effect, low, high, z, adjustedPValue, searchEffect, searchRows, rows } = found[0]!;
      t.is(Math.sign(effect), metric === "bias" ? -1 : 1);
      t.true(low < effect && effect < high && Math.abs(z) > 4 && adjustedPValue < 0.01 && Math.abs(searchEffect / effect - 1) < 1);
      t.true(rows > 300 && searchRows > 300);
    }
});

test("of predictions that are true nothing is found in 40 tables, but for one or so", (t) => {
  for (const metric of ["bias", "logLoss"] as const) {
    let tables = 0;
    for (let seed = 0; seed < 40; seed++) {
      const { labels, probabilities, slices } = makeTable(2000, 1000 + seed, 0, -3);
      if (findSlices(labels, probabilities, slices, { metric, minRows: 50, seed }).length > 0) tables++;
    }
    t.true(tables <= 8, `${metric}: ${tables} of 40`); // at 5% more than 8 of 40 come once in 5,000 times
  }
});

test("a bias that all rows share is not told of every slice", (t) => {
  const table = makeTable(20_000, 4, 0);
  table.probabilities = table.probabilities.map((p) => p * 0.8);
  const { found, candidates } = search(table, { minRows: 100 });
  t.true(candidates > 10);
  t.true(found.length <= 1);
});

const rowsOf = fc.array(
  fc.record({
    y: fc.constantFrom(0, 1),
    p: fc.oneof(fc.double({ min: 0, max: 0.3, noNaN: true }), fc.constantFrom(0.1, 0.5, 1)),
    w: fc.integer({ min: 0, max: 3 }),
    real: fc.double({ min: 0, max: 5, noNaN: true }),
    a: fc.constantFrom<SliceValue>("x", "y", null, 1, "1"),
    b: fc.constantFrom<SliceValue>("__proto__", "", 2),
    key: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.string({ maxLength: 4 })),
  }),
  { minLength: 60, maxLength: 200 },
);
type Row = { y: number; p: number; w: number; real: number; a: SliceValue; b: SliceValue; key: number | string };
const numbersOf = (rows: readonly Row[], weight: (row: Row) => number | undefined, options: SearchOptions): SliceSearch =>
  search(
    { labels: rows.map((r) => r.y), probabilities: rows.map((r) => r.p), slices: { a: rows.map((r) => r.a), b: rows.map((r) => r.b) } },
    {
      minRows: 4,
      falseDiscoveryRate: 0.9,
      keys: rows.map((r) => r.key),
      ...options,
      ...(weight(rows[0]!) === undefined ? {} : { weights: rows.map((r) => weight(r)!) }),
    },
  );

for (const metric of ["bias", "logLoss"] as const) {
  test(`${metric}: with keys the order of the rows leaves no trace in the bits`, (t) => {
    let found = 0;
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 1, max: 1008 }), fc.constantFrom("importance" as const, "frequency" as const), (rows, by, weightKind) => {
        const order = rows.map((_, i) => i).sort((a, b) => (((a + 1) * by) % 1009) - (((b + 1) * by) % 1009) || a - b);
        const whole = numbersOf(rows, (r) => r.real, { metric, weightKind });
        found += whole.found.length;
        const moved = numbersOf(
          order.map((i) => rows[i]!),
          (r) => r.real,
          { metric, weightKind },
        );
        t.deepEqual(moved, whole);
      }),
      { numRuns: 60 },
    );
    t.true(found > 0);
  });

  test(`${metric}: a row of frequency weight k is k rows of one key, bit for bit`, (t) => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const copies = rows.flatMap((r) => Array<Row>(r.w).fill(r));
        const bare = (s: SliceSearch): unknown => ({ ...s, rowsSearched: 0, rowsConfirmed: 0, found: s.found.map((f) => ({ ...f, rows: 0, searchRows: 0 })) });
        if (copies.length > 0)
          t.deepEqual(
            bare(numbersOf(rows, (r) => r.w, { metric, weightKind: "frequency" })),
            bare(numbersOf(copies, () => undefined, { metric, weightKind: "frequency" })),
          );
      }),
      { numRuns: 60 },
    );
  });
}

test("a column of a value for each row costs nothing and finds nothing", (t) => {
  const table = makeTable(20_000, 9, 1);
  const wide = { ...table, slices: { id: table.labels.map((_, row) => `row ${row}`), ...table.slices } };
  const [found] = search(wide, { minRows: 100 }).found;
  t.deepEqual(found!.slice, { a: 1, b: null });
  t.is(search(wide, { minRows: 100 }).tested, search(table, { minRows: 100 }).tested);
});

test("no rows, too few and one class: nothing is found, and how much was tested is said", (t) => {
  const nothing = searchSlices([], [], { a: [] });
  t.deepEqual([nothing.tested, nothing.rowsSearched, nothing.found.length], [0, 0, 0]);
  t.deepEqual(searchSlices([1, 0], [0.5, 0.5], { a: [1, 1] }).found, []);
  t.deepEqual(searchSlices([1, 0], [0.5, 0.5], {}).found, []);
  const ones = Array<number>(400).fill(1);
  for (const metric of ["bias", "logLoss"] as const) t.deepEqual(searchSlices(ones, ones, { a: ones.map((_, i) => i % 2) }, { metric }).found, []);
  const wrong = searchSlices(
    ones,
    ones.map(() => 0.5),
    { a: ones.map((_, i) => (i % 2 === 0 ? "even" : "odd")) },
    { minRows: 50 },
  );
  t.is(wrong.tested, 2);
});

test("options out of range are refused", (t) => {
  const code = (options: object): string | undefined => t.throws(() => searchSlices([1], [0.5], { a: ["x"] }, options), { instanceOf: CrossbillError })?.code;
  for (const options of [{ depth: 4 }, { depth: 0 }, { metric: "auc" }, { minRows: 1 }, { falseDiscoveryRate: 5 }, { seed: -1 }])
    t.is(code(options), "E_SEARCH_OPTION");
  t.is(code({ weights: [-1] }), "E_WEIGHT_RANGE");
  t.is(code({ weights: [1, 1] }), "E_LENGTH_MISMATCH");
  t.is(code({ keys: [] }), "E_LENGTH_MISMATCH");
  t.is(code({ level: 95 }), "E_LEVEL_RANGE");
});

test("columns by codes are searched as their values are", (t) => {
  const table = makeTable(6000, 21, 1.5);
  const encoded = Object.entries(table.slices).map(([name, column]) => {
    const values = [...new Set(column)].reverse();
    return [name, { values, codes: Uint32Array.from(column, (value) => values.indexOf(value)) }] as const;
  });
  const { labels, probabilities } = table;
  t.deepEqual(searchSlices(labels, probabilities, Object.fromEntries(encoded), { minRows: 50 }), search(table, { minRows: 50 }));
  t.true(search(table, { minRows: 50 }).found.length > 0);
  const code = t.throws(() => searchSlices([1], [0.5], { a: { values: [], codes: Uint32Array.of(0) } }), { instanceOf: CrossbillError })?.code;
  t.is(code, "E_SLICE_VALUE");
});
