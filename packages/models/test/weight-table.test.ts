import { CrossbillError } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { DenseTable, HashTable, weightTable } from "../dist/weight-table.js";

const held = fc.uniqueArray(fc.nat(5000), { maxLength: 300 }).map((ids) => Uint32Array.from(ids).sort());

test("the dense array and the hash table hold the same weights for every id", (t) => {
  fc.assert(
    fc.property(held, (ids) => {
      const weights = Float32Array.from(ids, (id) => Math.fround(id * 0.37 - 11.4));
      const size = 5001;
      const dense = new DenseTable(size, ids, weights);
      const hash = new HashTable(size, ids, weights);
      const expected = new Map([...ids].map((id, i) => [id, weights[i]!]));
      for (let id = 0; id < size; id++) {
        if (dense.get(id) !== (expected.get(id) ?? 0) || hash.get(id) !== dense.get(id)) return false;
      }
      for (const table of [dense, hash]) {
        const seen = new Map<number, number>();
        table.each((id, weight) => seen.set(id, weight));
        if (seen.size !== ids.length || ![...seen].every(([id, weight]) => expected.get(id) === weight)) return false;
      }
      return true;
    }),
  );
  t.pass();
});

test("ids of four billion features fit the hash table", (t) => {
  const table = weightTable(2 ** 32, Uint32Array.of(0, 2 ** 31, 2 ** 32 - 2), Float64Array.of(1, 2, 3));
  t.is(table.get(2 ** 31), 2);
  t.is(table.get(2 ** 32 - 2), 3);
  t.is(table.get(5), 0);
});

test("an id outside the column is refused, never read as 0", (t) => {
  for (const table of [new DenseTable(10, Uint32Array.of(1), Float32Array.of(1)), new HashTable(10, Uint32Array.of(1), Float32Array.of(1))]) {
    t.is(t.throws(() => table.get(10), { instanceOf: CrossbillError })?.code, "E_MODEL_ID");
  }
});
