import { finishFit } from "@crossbill/columns";
import { encodeMessage, v1 } from "@crossbill/messages";
import test from "ava";
import { HeldState } from "../dist/held-state.js";
import { columnSpecs, folder } from "./support.js";

const columns = columnSpecs({ name: "site", vocabulary: { field: "site", minCount: 2, outOfVocabulary: 1 } });

function state(): v1.FeatureState {
  const texts = ["a", "bcd", "é"].map((text) => Buffer.from(text));
  const ends = Uint32Array.from([1, 4, 6]);
  const vocabulary = {
    texts: new Uint8Array(Buffer.concat(texts)),
    ends: new Uint8Array(ends.buffer),
    tallies: new Uint8Array(Float64Array.from([1, 5, 2]).buffer),
  };
  return finishFit(columns, v1.FeaturePartial.create({ rows: 8, columns: [v1.ColumnPartial.create({ name: "site", vocabulary })] }));
}

test("a large state is held in files: the same state is taken, and encoding gets the same", async (t) => {
  const root = folder(t);
  const own = state();
  const [small, large] = [await HeldState.of(root, own), await HeldState.of(root, own, 0)];
  t.deepEqual([small.inMemory, large.inMemory], [true, false]);
  t.is(await small.take(), own);
  const taken = await large.take();
  t.not(taken, own);
  t.deepEqual(encodeMessage(v1.FeatureState, taken), encodeMessage(v1.FeatureState, own));
  t.deepEqual(await large.encoding(), await small.encoding());
  t.is(large.generation, own.generation);
});
