import { CrossbillError } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { decodeNetwork, encodeNetwork, type FileTensor } from "../../dist/network/network-file.js";

const tensors = fc
  .uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1 }),
      width: fc.integer({ min: 1, max: 9 }),
      ids: fc.uniqueArray(fc.nat(2 ** 31), { minLength: 1, maxLength: 20 }),
    }),
    {
      maxLength: 5,
      selector: ({ name }) => name,
    },
  )
  .chain((shapes) =>
    fc.tuple(
      ...shapes.map(({ name, width, ids }) =>
        fc
          .float32Array({ minLength: ids.length * width, maxLength: ids.length * width, noNaN: true })
          .map((values): FileTensor => ({ name, width, ids: Uint32Array.from(ids).sort(), values: values.slice() })),
      ),
    ),
  );

test("what is written is read again, and equal tensors give equal bytes", (t) => {
  fc.assert(
    fc.property(tensors, (all) => {
      const bytes = encodeNetwork(all, (_, id) => (id % 2 === 0 ? null : `unit ${id}`));
      t.deepEqual(decodeNetwork(bytes, "network.arrow"), all);
      t.deepEqual(
        encodeNetwork(all, (_, id) => (id % 2 === 0 ? null : `unit ${id}`)),
        bytes,
      );
    }),
  );
});

test("a large tensor is in several record batches", (t) => {
  const ids = Uint32Array.from({ length: 300_000 }, (_, i) => 3 * i);
  const large = { name: "large", width: 20, ids, values: Float32Array.from({ length: 20 * ids.length }, (_, i) => i % 1013) };
  const bytes = encodeNetwork([large, { name: "small", width: 1, ids: Uint32Array.of(0), values: Float32Array.of(7) }], () => null);
  t.is(tableFromIPC(bytes).batches.length, 3);
  const [back, small] = decodeNetwork(bytes, "network.arrow");
  t.deepEqual(back!.ids, ids);
  t.is(Buffer.compare(Buffer.from(back!.values.buffer), Buffer.from(large.values.buffer)), 0);
  t.deepEqual(small!.values, Float32Array.of(7));
});

test("a reader of Arrow sees names and lists", (t) => {
  const bytes = encodeNetwork([{ name: "embedding/site", width: 2, ids: Uint32Array.of(3, 9), values: Float32Array.of(1, 2, 3, 4) }], (_, id) =>
    id === 3 ? "site=a" : null,
  );
  t.deepEqual(
    tableFromIPC(bytes)
      .toArray()
      .map((row) => ({ ...row?.toJSON(), values: [...row!.toJSON()["values"]] })),
    [
      { tensor: "embedding/site", id: 3, name: "site=a", values: [1, 2] },
      { tensor: "embedding/site", id: 9, name: null, values: [3, 4] },
    ],
  );
});

test("what is no such file is refused with a code", (t) => {
  const bytes = encodeNetwork([{ name: "a", width: 2, ids: Uint32Array.of(3, 9), values: Float32Array.of(1, 2, 3, 4) }], () => null);
  for (const damaged of [new Uint8Array(0), Buffer.from("no Arrow file"), bytes.subarray(0, bytes.length / 2)])
    t.is(t.throws(() => decodeNetwork(damaged, "network.arrow"), { instanceOf: CrossbillError })?.code, "E_MODEL_NETWORK");
});
