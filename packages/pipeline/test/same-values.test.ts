import { v1 } from "@crossbill/messages";
import { NO_FEATURE } from "@crossbill/models";
import test from "ava";
import fc from "fast-check";
import { type FittedColumn, sameValues } from "../dist/transfer/same-values.js";

type Spec = v1.ColumnSpec.$Properties;

function column(spec: Spec, ...others: Spec[]): FittedColumn {
  const columns = [spec, ...others].map((one) => v1.ColumnSpec.create(one) as v1.ColumnSpec);
  return { name: spec.name ?? "", state: v1.FeatureState.create({ columns }) as v1.FeatureState, missing: [""] };
}

const vocabulary = (name: string, values: string[], more: object = {}): Spec => ({
  name,
  vocabulary: v1.VocabularySpec.create({ field: name, values, outOfVocabulary: 1, minCount: 1, ...more }),
});
const identity = (name: string, size: number): Spec => ({ name, identity: v1.IdentitySpec.create({ field: name, size }) });
const hashed = (name: string, buckets: number, salt = 0): Spec => ({ name, hashed: v1.HashedSpec.create({ field: name, buckets, salt }) });
const none = new Map<string, string>();
const N = NO_FEATURE;

test("values of vocabularies are told by their texts, whatever field and column they are of", (t) => {
  const now = column(vocabulary("genre", ["rock", "folk", "jazz"]), vocabulary("band", ["x"]));
  const other = column(vocabulary("style", ["jazz", "pop", "rock"]), vocabulary("genre", ["no"]));
  t.deepEqual(sameValues(now, other, none), Uint32Array.of(0, 1, 4, N, 2));
});

test("values that have another name there are told by it", (t) => {
  const now = column(vocabulary("genre", ["rock", "folk", "jazz"]));
  const other = column(vocabulary("genre", ["jazz", "Folk music", "rock"]));
  t.deepEqual(sameValues(now, other, new Map([["folk", "Folk music"]])), Uint32Array.of(0, 1, 4, 3, 2));
  const unknown = new Map([
    ["nobody", "rock"],
    ["folk", "nobody"],
  ]);
  t.deepEqual(sameValues(now, other, unknown), sameValues(now, other, none));
  t.deepEqual(sameValues(column(identity("a", 3)), column(identity("b", 5)), new Map([["0", "4"]])), Uint32Array.of(0, 5, 2, 3));
});

test("an identity is told by its values, of any range", (t) => {
  t.deepEqual(sameValues(column(identity("a", 3)), column(identity("b", 2)), none), Uint32Array.of(0, 1, 2, N));
});

test("buckets and exact crosses are the same where they are specified the same", (t) => {
  t.deepEqual(sameValues(column(hashed("a", 3)), column(hashed("b", 3)), none), sameValues(column(hashed("a", 3)), column(hashed("a", 3)), none));
  t.is(typeof sameValues(column(hashed("a", 3)), column(hashed("b", 4)), none), "string");
  t.is(typeof sameValues(column(hashed("a", 3)), column(hashed("b", 3, 1)), none), "string");
  t.regex(String(sameValues(column(hashed("a", 3)), column(hashed("b", 3)), new Map([["x", "y"]]))), /map is of vocabularies and identities/);
  const cross: Spec = { name: "when", crossed: v1.CrossedSpec.create({ inputs: ["day", "hour"] }) };
  const [day, hour] = [identity("day", 7), identity("hour", 24)];
  const [london, frankfurt] = [column(cross, day, hour), column({ ...cross, name: "time" }, day, hour)];
  t.deepEqual(
    sameValues(frankfurt, london, none),
    Uint32Array.from({ length: (sameValues(london, london, none) as Uint32Array).length }, (_, id) => id),
  );
  t.regex(String(sameValues(frankfurt, column(cross, day, identity("hour", 12)), none)), /hour/);
  t.regex(String(sameValues(column(vocabulary("a", ["x"])), column(identity("a", 3)), none)), /identity there, vocabulary here/);
});

test("any two vocabularies: an id is mapped where both hold the text, and to that text", (t) => {
  const texts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(texts, texts, (here, there) => {
      const ids = sameValues(column(vocabulary("a", here)), column(vocabulary("b", there)), none) as Uint32Array;
      for (const [i, text] of here.entries()) t.is(ids[2 + i], there.includes(text) ? 2 + there.indexOf(text) : N);
    }),
  );
});
