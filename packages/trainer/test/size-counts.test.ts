import { sizeBinEnd } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { BINS, countSizes, sizeCounts } from "../dist/network/size-counts.js";

test("numbers are counted between the ends of their bins, those in use alone are said", (t) => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 40 }), (values) => {
      const numbers = Float32Array.from(values);
      const counts = new Float64Array(BINS + 3);
      countSizes(counts, 3, new Uint32Array(numbers.buffer), 0, numbers.length);
      const { first, counts: used } = sizeCounts(counts.subarray(3));
      const slow = used!.map((_, i) => numbers.filter((x) => x > sizeBinEnd(first! + i - 1) && x < sizeBinEnd(first! + i)).length);
      const onEdges = numbers.filter((x) => used!.some((_, i) => x === sizeBinEnd(first! + i) || x === sizeBinEnd(first! + i - 1))).length;
      const [said, between] = [used!.reduce((a, b) => a + b, 0), slow.reduce((a, b) => a + b, 0)];
      return said === numbers.length && said - between <= onEdges && used!.every((n, i) => n >= slow[i]!);
    }),
  );
  t.deepEqual(sizeCounts(new Float64Array(BINS)), { first: 0, counts: [] });
});
