import { CrossbillError, v1 } from "@crossbill/messages";
import { RandomStream } from "@crossbill/numerics";
import test from "ava";
import fc from "fast-check";
import { clusters, Examples, embeddingOf, kMeans, loadModel, neighbours, silhouette, vectorOf } from "../../dist/index.js";
import { inputsTwin } from "../../dist/network/forward-twin.js";
import { towerTwin } from "../../dist/network/tower-twin.js";
import { exampleContent, saved } from "../example.js";
import { DEEP, embedded, layer, numeric, TWO_TOWER, table } from "./example.js";
import { exampleRows, networkContent, networkState, TAGS, twinRow } from "./example-model.js";

const { MEAN } = v1.EmbeddingInput.Combiner;
const NETWORK: v1.INetworkSpec = {
  ...DEEP,
  tables: [table("site", 5), table("user", 3), table("tags", 4), table("hour", 2), table("band", 2), table("bandHour", 2)],
  tower: {
    ...DEEP.tower,
    inputs: [...["site", "user", "tags", "hour", "band", "bandHour"].map((name) => embedded(name)), numeric("price")],
    hidden: [layer(6), layer(3, v1.ActivationSpec.Kind.TANH, { batchNorm: true })],
  },
};

async function modelOf(network: v1.INetworkSpec) {
  const made = networkContent(network);
  return { ...made, model: await loadModel(await saved(made.content)) };
}

test("an embedding has the values that have a vector, by their texts", async (t) => {
  const { model, content } = await modelOf(NETWORK);
  const { ids, vectors } = content.network!.tables[2]!;
  const { keys, dimension, vectors: own, table: name } = embeddingOf(model, "tags");
  t.is(dimension, 4);
  t.is(name, "tags");
  const values = [...ids].filter((id) => id > 1);
  t.deepEqual(
    keys,
    values.map((id) => TAGS[id - 2]),
  );
  for (const [row, id] of values.entries()) {
    const at = 4 * ids.indexOf(id);
    t.deepEqual(own.subarray(4 * row, 4 * row + 4), vectors.subarray(at, at + 4));
    t.deepEqual(vectorOf(model, "tags", keys[row]!), vectors.slice(at, at + 4));
  }
  t.true(embeddingOf(model, "user").keys.every((key) => key.startsWith("#")));
  t.true(embeddingOf(model, "hour").keys.every((key) => Number(key) < 24));
  t.true(embeddingOf(model, "band").keys.some((key) => key === "[18, 25)"));
  t.true(embeddingOf(model, "bandHour").keys.every((key) => key.includes(" x ")));
});

test("a value of a hashed, numbered or cut column may be given as the data has it", async (t) => {
  const { model } = await modelOf(NETWORK);
  const found = Array.from({ length: 40 }, (_, i) => `u${i}`).filter((user) => {
    try {
      vectorOf(model, "user", user);
      return true;
    } catch {
      return false;
    }
  });
  t.true(found.length > 15);
  for (const user of found) t.deepEqual(vectorOf(model, "user", user), model.embed({ user }, { column: "user" }));
  const [hour] = embeddingOf(model, "hour").keys;
  t.deepEqual(vectorOf(model, "hour", hour!), model.embed({ hour: Number(hour) }, { column: "hour" }));
});

test("what is no embedding, or no value of one, is refused with what there is", async (t) => {
  const { model } = await modelOf(NETWORK);
  const linear = await loadModel(await saved(exampleContent()));
  const refusals: [() => unknown, `E_${string}`, RegExp][] = [
    [() => embeddingOf(model, "price"), "E_EMBEDDING", /those of site, user, tags/],
    [() => embeddingOf(linear, "site"), "E_EMBEDDING", /it has none/],
    [() => vectorOf(model, "site", "nobody"), "E_KEY", /training never saw it/],
    [() => neighbours(model, "site", "nobody"), "E_KEY", /training never saw it/],
    [() => neighbours(model, "site", [1, 2]), "E_NEIGHBOURS", /have 5/],
    [() => neighbours(model, "site", "rare", { k: 0 }), "E_NEIGHBOURS", /whole number from 1/],
    [() => neighbours(model, "site", "rare", { among: 0.5 }), "E_NEIGHBOURS", /among is 0.5/],
    [() => neighbours(model, "user", embeddingOf(model, "user").keys[0]!, { among: 3 }), "E_EMBEDDING", /is no vocabulary/],
    [() => clusters(model, "site", 99), "E_CLUSTERS", /99 clusters/],
    [() => linear.embed({}, { column: "site" }), "E_EMBEDDING", /linear/],
    [() => model.embed({}, { layer: 9 }), "E_EMBEDDING", /no layer 9/],
    [() => model.embed({}, { tower: "user" }), "E_EMBEDDING", /two towers/],
    [() => model.embed({}, { column: "price" }), "E_EMBEDDING", /price/],
  ];
  for (const [make, code, message] of refusals) {
    const error = t.throws(make, { instanceOf: CrossbillError, message });
    t.is(error?.code, code);
    t.is(error?.exitCode, 2);
  }
});

test("a row's vectors are those that its prediction is made of", async (t) => {
  const { model, content, plan } = await modelOf(NETWORK);
  const near = (a: ArrayLike<number>, b: readonly number[]): boolean =>
    a.length === b.length && b.every((x, i) => Math.abs(x - a[i]!) < 1e-5 * (1 + Math.abs(x)));
  for (const row of exampleRows(40)) {
    const inputs = inputsTwin(plan, content.network!, 0, twinRow(content, row));
    t.true(near(model.embed(row, { column: "tags" }), inputs.slice(8, 12)));
    for (const n of [1, 2, 3]) {
      const tower = plan.towers[0]!;
      const [wanted] = towerTwin({ ...tower, layers: tower.layers.slice(0, n) }, content.network!, [inputs], null).outputs;
      t.true(near(model.embed(row, { layer: n }), [...wanted!]), `layer ${n}`);
    }
    const output = model.embed(row, { layer: 3 })[0]!;
    t.is(model.explain(row).contributions.at(-1)!.contribution, output);
  }
  const rows = exampleRows(5);
  t.deepEqual(
    model.embed(rows, { layer: 1 }),
    rows.map((row) => model.embed(row, { layer: 1 })),
  );
});

test("a user's and an item's vectors multiply to what the network adds", async (t) => {
  const { model } = await modelOf({ ...TWO_TOWER, user: { ...TWO_TOWER.user, outputs: 3 }, item: { ...TWO_TOWER.item, outputs: 3 } });
  for (const row of exampleRows(30)) {
    const [user, item] = [model.embed(row, { tower: "user" }), model.embed(row, { tower: "item" })];
    t.is(
      model.explain(row).contributions.at(-1)!.contribution,
      user.reduce((sum, x, j) => sum + x * item[j]!, 0),
    );
  }
  t.throws(() => model.embed({}, { layer: 1 }), { message: /user.*item/ });
});

test("neighbours are those of the sorted list of all", async (t) => {
  const { model } = await modelOf(NETWORK);
  const { keys, vectors } = embeddingOf(model, "user");
  const at = (i: number): number[] => [...vectors.subarray(3 * i, 3 * i + 3)];
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, j) => sum + x * b[j]!, 0);
  const measures = {
    dot,
    cosine: (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
    euclidean: (a: readonly number[], b: readonly number[]) => -Math.sqrt(dot(a, a) + dot(b, b) - 2 * dot(a, b)),
  };
  for (const metric of ["dot", "cosine", "euclidean"] as const) {
    for (const self of [0, 77, 300]) {
      const sorted = keys
        .map((key, i) => ({ key, similarity: measures[metric](at(self), at(i)) }))
        .filter((_, i) => i !== self)
        .sort((a, b) => b.similarity - a.similarity);
      const found = neighbours(model, "user", keys[self]!, { k: 12, metric });
      t.is(found.length, 12);
      for (const [i, { similarity }] of found.entries()) t.true(Math.abs(similarity - sorted[i]!.similarity) < 1e-4, `${metric} ${i}`);
      t.false(found.some(({ key }) => key === keys[self]));
    }
  }
  t.is(neighbours(model, "user", keys[3]!, { excludeSelf: false, k: 1 })[0]!.key, keys[3]!);
  t.is(neighbours(model, "user", at(5), { metric: "euclidean", k: 1 })[0]!.key, keys[5]!);
  t.is(neighbours(model, "site", embeddingOf(model, "site").keys[0]!).length, embeddingOf(model, "site").keys.length - 1);
});

test("columns in one table have the same vectors under their own names", async (t) => {
  const network: v1.INetworkSpec = {
    ...DEEP,
    linear: [],
    tables: [{ name: "tag", columns: ["tags", "site"], dimension: 4 }],
    tower: { inputs: [embedded("tags", MEAN, "tag"), embedded("site", MEAN, "tag")] },
  };
  const model = await loadModel(await saved(networkContent(network, {}, { state: networkState(TAGS) }).content));
  const [tags, site, byTable] = [embeddingOf(model, "tags"), embeddingOf(model, "site"), embeddingOf(model, "tag")];
  t.deepEqual([tags.column, site.column, byTable.column], ["tags", "site", "tags"]);
  t.deepEqual(tags.keys, site.keys);
  t.deepEqual(tags.vectors, site.vectors);
});

/** Gaussian groups about centres 10 apart. */
function groups(n: number, k: number, d: number, seed: number): { vectors: Float32Array; truth: number[] } {
  const random = new RandomStream(seed);
  const truth = Array.from({ length: n }, () => random.below(k));
  return { vectors: Float32Array.from({ length: n * d }, (_, i) => random.normal() + (i % d === 0 ? 10 * truth[Math.floor(i / d)]! : 0)), truth };
}

test("k-means finds groups that stand apart, and its centres are their means", (t) => {
  const { vectors, truth } = groups(300, 4, 3, 5);
  const { clusters: own, centres, inertia } = kMeans(vectors, 3, 4, 1);
  t.is(new Set(truth.map((group, i) => `${group} ${own[i]}`)).size, 4);
  const members = (c: number): number[] => [...own.keys()].filter((i) => own[i] === c);
  for (let c = 0; c < 4; c++)
    for (let j = 0; j < 3; j++) {
      const mean = members(c).reduce((sum, i) => sum + vectors[3 * i + j]!, 0) / members(c).length;
      t.true(Math.abs(mean - centres[3 * c + j]!) < 1e-9);
    }
  t.true(Math.abs(inertia / 300 - 3) < 0.6);
  t.true(silhouette(vectors, 3, own) > 0.6);
});

test("k-means depends on vectors, k and seed alone; every vector is with its nearest centre, and no cluster is empty where vectors differ", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 4 }), fc.nat(99), fc.nat(99), (n, d, seed, shape) => {
      const { vectors } = groups(n, 1 + (shape % 5), d, shape);
      const k = 1 + (seed % n);
      const found = kMeans(vectors, d, k, seed);
      t.deepEqual(kMeans(vectors, d, k, seed), found);
      const distance = (i: number, c: number): number => {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += (vectors[i * d + j]! - found.centres[c * d + j]!) ** 2;
        return sum;
      };
      for (let i = 0; i < n; i++) for (let c = 0; c < k; c++) if (distance(i, found.clusters[i]!) > distance(i, c) + 1e-12) return false;
      return new Set(found.clusters).size === k;
    }),
  );
});

test("equal vectors are in one cluster", (t) => {
  t.deepEqual([...kMeans(new Float32Array(12).fill(2), 3, 3).clusters], [0, 0, 0, 0]);
});

test("the silhouette is that of its definition", (t) => {
  t.is(silhouette(Float32Array.of(0, 1, 10, 11), 1, ["a", "a", "b", "b"]), (9.5 / 10.5 + 8.5 / 9.5) / 2);
  t.is(silhouette(Float32Array.of(0, 10, 11), 1, [7, 8, 8]), (9 / 10 + 10 / 11) / 3);
  t.is(silhouette(Float32Array.of(0, 1), 1, [1, 1]), Number.NaN);
  const { vectors, truth } = groups(3000, 3, 2, 9);
  t.true(Math.abs(silhouette(vectors, 2, truth, { most: 500 }) - silhouette(vectors, 2, truth, { most: 1500, seed: 3 })) < 0.03);
});

test("clusters of a column have its keys", async (t) => {
  const { model } = await modelOf(NETWORK);
  const { keys, clusters: own } = clusters(model, "user", 7, 3);
  t.is(keys.length, own.length);
  t.is(new Set(own).size, 7);
  t.deepEqual(clusters(model, "user", 7, 3).clusters, own);
});

test("neighbours among the most frequent values are those of all that are frequent", async (t) => {
  const { model } = await modelOf(NETWORK);
  const { keys } = embeddingOf(model, "site");
  for (const key of keys)
    for (const among of [1, 2, keys.length - 1, keys.length, keys.length + 5]) {
      const frequent = new Set(keys.slice(0, among));
      const all = neighbours(model, "site", key, { k: keys.length }).filter((one) => frequent.has(one.key));
      t.deepEqual(neighbours(model, "site", key, { k: keys.length, among }), all);
    }
});

test("examples near to an example are those of the sorted list of all, by any part of the network", async (t) => {
  const { model } = await modelOf(NETWORK);
  const rows = exampleRows(120, 8);
  for (const part of [{ layer: 2 }, { column: "tags" }] as const) {
    const examples = new Examples(model, rows, part);
    const at = (i: number): Float32Array => model.embed(rows[i]!, part);
    t.deepEqual(examples.vectors.slice(7 * examples.dimension, 8 * examples.dimension), at(7));
    const distance = (a: Float32Array, b: Float32Array): number => Math.sqrt(a.reduce((sum, x, j) => sum + (x - b[j]!) ** 2, 0));
    const sorted = rows.map((_, i) => distance(at(i), at(7))).filter((_, i) => i !== 7);
    sorted.sort((a, b) => a - b);
    const found = examples.neighbours(7, { k: 20, metric: "euclidean" });
    t.is(found.length, 20);
    t.false(found.some(({ index }) => index === 7));
    for (const [i, { index, similarity }] of found.entries()) {
      t.true(Math.abs(similarity + sorted[i]!) < 1e-3, `${similarity} ${sorted[i]}`);
      t.true(Math.abs(similarity + distance(at(index), at(7))) < 1e-3);
    }
    const other = exampleRows(1, 99)[0]!;
    t.deepEqual(examples.neighbours(other), examples.neighbours(model.embed(other, part)));
    t.is(examples.neighbours(rows[3]!, { k: 1, metric: "euclidean" })[0]!.similarity, -0);
  }
  const examples = new Examples(model, rows, { layer: 1 });
  t.throws(() => examples.neighbours(rows.length), { code: "E_NEIGHBOURS", message: /there are 120/ });
  t.throws(() => examples.neighbours(Float32Array.of(1)), { code: "E_NEIGHBOURS", message: /have 6/ });
  t.throws(() => examples.neighbours(0, { k: 0.5 }), { code: "E_NEIGHBOURS" });
  t.throws(() => new Examples(model, [], { layer: 1 }), { code: "E_NEIGHBOURS" });
  t.throws(() => new Examples(model, rows, { column: "price" }), { code: "E_EMBEDDING" });
});
