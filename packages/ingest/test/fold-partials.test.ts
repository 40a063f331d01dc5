import { mergePartials } from "@crossbill/columns";
import { encodeMessage, v1 } from "@crossbill/messages";
import { pairwiseTreeFold } from "@crossbill/numerics";
import { sha256Hex } from "@crossbill/storage";
import { writeOutput } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { PartialFold } from "../dist/fold-partials.js";
import { folder } from "./support.js";

/** A partial of these values, each of which came so often. */
function partialOf(values: ReadonlyMap<string, number>): v1.FeaturePartial {
  const texts = [...values].map(([text, count]) => ({ bytes: Buffer.from(text), count })).sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  let end = 0;
  const ends = Uint32Array.from(texts, ({ bytes }) => (end += bytes.length));
  const vocabulary = v1.VocabularyPartial.create({
    texts: new Uint8Array(Buffer.concat(texts.map(({ bytes }) => bytes))),
    ends: new Uint8Array(ends.buffer),
    tallies: new Uint8Array(Float64Array.from(texts, ({ count }) => count).buffer),
  });
  return v1.FeaturePartial.create({ rows: texts.length, columns: [v1.ColumnPartial.create({ name: "site", vocabulary })] });
}

const shard = fc
  .array(fc.tuple(fc.string({ unit: "grapheme", maxLength: 9 }), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 12 })
  .map((pairs) => new Map(pairs));

test("whatever comes first and however little is merged beside the threads, partials fold as the fixed tree does", async (t) => {
  const root = folder(t);
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(fc.option(shard), { minLength: 1, maxLength: 9 })
        .chain((shards) => fc.tuple(fc.constant(shards), fc.shuffledSubarray([...shards.keys()], { minLength: shards.length }))),
      fc.constantFrom(0, 100, 300, Number.POSITIVE_INFINITY),
      async ([shards, arrivals], room) => {
        const partials = shards.map((values) => (values === null ? null : partialOf(values)));
        const refs = await Promise.all(
          partials.map(async (partial) => {
            if (partial === null) return null;
            const bytes = encodeMessage(v1.FeaturePartial, partial);
            return writeOutput(root, sha256Hex(bytes), "partial.pb", bytes);
          }),
        );
        const folding = new PartialFold(root, room);
        for (const index of arrivals) folding.take(index, refs[index]!);
        let rests = 0;
        const merged = await folding.finish(async () => void rests++);
        const there = partials.filter((partial) => partial !== null);
        if (there.length === 0) return merged === null && rests === 0;
        const wanted = pairwiseTreeFold(there, (a, b) => mergePartials(a, b));
        t.deepEqual(encodeMessage(v1.FeaturePartial, merged!), encodeMessage(v1.FeaturePartial, wanted));
        return rests === (room === 0 ? 1 : room === Number.POSITIVE_INFINITY ? 0 : rests);
      },
    ),
    { numRuns: 60 },
  );
});
