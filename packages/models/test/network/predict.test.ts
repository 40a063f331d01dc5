import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { loadModel, type ModelContent } from "../../dist/index.js";
import { SITES, saved } from "../example.js";
import { DEEP, embedded, FACTORIZED, layer, numeric, TWO_TOWER, table } from "./example.js";
import { encodedRows, exampleRows, MISSING, networkContent, networkState, slowLogits, TAGS } from "./example-model.js";

const { MEAN, SQRTN, SUM } = v1.EmbeddingInput.Combiner;
const Activation = v1.ActivationSpec.Kind;
const kinds = Object.values(Activation).filter((kind): kind is v1.ActivationSpec.Kind => typeof kind === "number");
const combiner = fc.constantFrom(MEAN, SUM, SQRTN);
const hidden = fc.array(
  fc.record({ units: fc.integer({ min: 1, max: 70 }), kind: fc.constantFrom(...kinds.filter((kind) => kind !== Activation.LINEAR)), batchNorm: fc.boolean() }),
  { maxLength: 3 },
);

const deep = fc.record({ hidden, combiner, wide: fc.boolean() }).map(
  (drawn): v1.INetworkSpec => ({
    kind: v1.NetworkSpec.Kind.DEEP,
    linear: drawn.wide ? ["band", "tags", "price", "user"] : [],
    tables: [table("site", 5), table("user"), table("tags", 3), table("bandHour", 2)],
    tower: {
      inputs: [embedded("tags", drawn.combiner), numeric("age"), embedded("site"), embedded("user"), numeric("price"), embedded("bandHour")],
      hidden: drawn.hidden.map(({ units, kind, batchNorm }) => layer(units, kind, { activation: { kind, a: 0.3, b: 0.8 }, batchNorm, dropout: 0.5 })),
    },
  }),
);
const factorized = fc.record({ rank: fc.integer({ min: 1, max: 9 }), fieldAware: fc.boolean(), combiner }).map(
  ({ rank, fieldAware, combiner: how }): v1.INetworkSpec => ({
    ...FACTORIZED,
    tables: [table("site"), table("hour"), table("tags")],
    factorized: { rank, fieldAware, inputs: [embedded("site"), numeric("age"), embedded("tags", how), embedded("hour"), numeric("price")] },
  }),
);
const twoTower = fc.record({ hidden, combiner, outputs: fc.integer({ min: 1, max: 6 }) }).map(
  ({ hidden: layers, combiner: how, outputs }): v1.INetworkSpec => ({
    ...TWO_TOWER,
    linear: ["user", "tags"],
    tables: [table("user", 4), table("tags", 3), table("site", 4)],
    user: { inputs: [embedded("user"), embedded("tags", how), numeric("age")], hidden: layers.map(({ units, kind }) => layer(units, kind)), outputs },
    item: { inputs: [embedded("site")], outputs },
  }),
);
const { LOGISTIC, MULTI_LABEL, ONE_VS_ONE, ONE_VS_REST, POISSON, SOFTMAX, SQUARED } = v1.Head;

/** Logits of rows one by one and of encoded batches are the same bits, and near those of the twin. */
async function agrees(
  t: { deepEqual: (a: unknown, b: unknown) => unknown; true: (is: boolean, why: string) => unknown },
  made: ReturnType<typeof networkContent>,
) {
  const { content, plan }: { content: ModelContent; plan: typeof made.plan } = made;
  const model = await loadModel(await saved(content));
  const rows = exampleRows(70);
  const batch = encodedRows(content.state, rows);
  const logits = model.predictBatch(batch, { logits: true });
  const K = model.intercepts.length;
  for (const [i, row] of rows.entries()) {
    const slow = slowLogits(content, plan, row);
    for (const [k, wanted] of slow.entries())
      t.true(
        Math.abs(logits[i * K + k]! - wanted) <= 2e-5 * Math.max(1, content.networkScale ?? 1) * (1 + Math.abs(wanted)) * Math.sqrt(K),
        `row ${i}, output ${k}: ${logits[i * K + k]}, the twin ${wanted}`,
      );
  }
  if (content.classes === undefined) {
    t.deepEqual([...model.predictBatch(batch)], model.predict(rows));
    t.deepEqual(
      [...logits],
      rows.map((row) => model.score(row).logit),
    );
  } else {
    const probabilities = model.predictBatch(batch);
    const C = content.classes.length;
    t.deepEqual(
      rows.map((_, i) => [...probabilities.subarray(i * C, (i + 1) * C)]),
      rows.map((row) => [...model.score(row).classes!.probabilities]),
    );
  }
  return { model, rows };
}

test("deep and wide and deep models predict what their formulas say, a row or a batch to the same bits", async (t) => {
  await fc.assert(
    fc.asyncProperty(deep, fc.nat(1000), fc.constantFrom(LOGISTIC, SQUARED, POISSON), async (network, seed, head) => {
      await agrees(t, networkContent(network, { head }, { seed }));
    }),
    { numRuns: 25 },
  );
});

test("so do models of several classes", async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(deep, factorized, twoTower),
      fc.nat(1000),
      fc.constantFrom(SOFTMAX, ONE_VS_REST, ONE_VS_ONE, MULTI_LABEL),
      async (network, seed, head) => {
        await agrees(t, networkContent(network, { head }, { seed, classes: ["a", "b", "c"] }));
      },
    ),
    { numRuns: 20 },
  );
});

test("so do factorized models, field-aware or not, and two towers", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(factorized, twoTower), fc.nat(1000), async (network, seed) => {
      const { content, plan } = networkContent(network, {}, { seed });
      await agrees(t, { content: { ...content, networkScale: seed % 2 === 0 ? 1 : seed / 9 }, plan });
    }),
    { numRuns: 25 },
  );
});

test("the network's output is multiplied by its scale, in predictions and explanations; embeddings are as they were, and the sha256 knows it", async (t) => {
  for (const network of [DEEP, FACTORIZED, TWO_TOWER]) {
    const { content, plan } = networkContent(network, { head: SQUARED });
    const { model, rows } = await agrees(t, { content: { ...content, networkScale: 115_000 }, plan });
    const one = await loadModel(await saved(content));
    t.not(model.sha256, one.sha256);
    t.is((await loadModel(await saved({ ...content, networkScale: 1 }))).sha256, one.sha256);
    t.is(model.info().network?.scale, 115_000);
    const part = network === TWO_TOWER ? ({ tower: "user" } as const) : { column: "site" };
    for (const row of rows.slice(0, 9)) {
      t.deepEqual(model.embed(row, part), one.embed(row, part));
      const [scaled, plain] = [model, one].map((of) => of.explain(row).contributions.at(-1)!);
      t.is(scaled!.contribution, 115_000 * plain!.contribution);
      t.is(model.explain(row).logit, model.score(row).logit);
    }
  }
});

test("columns in one table share its vectors", async (t) => {
  const state = networkState(TAGS);
  const network: v1.INetworkSpec = {
    ...DEEP,
    linear: [],
    tables: [{ name: "tag", columns: ["tags", "site"], dimension: 4 }],
    tower: { inputs: [embedded("tags", MEAN, "tag"), embedded("site", MEAN, "tag")], hidden: [layer(6)] },
  };
  await agrees(t, networkContent(network, {}, { state }));
});

test("values that have no vector, and values never seen, are zero vectors", async (t) => {
  const { content, plan } = networkContent({
    ...DEEP,
    linear: [],
    tables: [table("site", 5)],
    tower: { ...DEEP.tower, inputs: [embedded("site"), numeric("price")] },
  });
  const ids = Uint32Array.of(0, 2, 4);
  const network = { ...content.network!, tables: [{ name: "site", ids, vectors: content.network!.tables[0]!.vectors.slice(0, 15) }] };
  const model = await loadModel(await saved({ ...content, network }));
  const none = model.predict({ price: 1, site: "never seen" });
  const [, second, , fourth] = SITES; // ids 3 and 5
  t.is(model.predict({ price: 1, site: second }), none);
  t.is(model.predict({ price: 1, site: fourth }), none);
  t.not(model.predict({ price: 1, site: SITES[0] }), none);
  t.not(model.predict({ price: 1 }), none);
  const zero = { ...network, tables: [{ name: "site", ids: Uint32Array.of(), vectors: new Float32Array(0) }] };
  t.is((await loadModel(await saved({ ...content, network: zero }))).predict({ price: 1, site: SITES[0] }), none);
  t.true(
    Math.abs(model.score({ price: 1, site: "never seen" }).logit - slowLogits({ ...content, network }, plan, { price: 1, site: "never seen" })[0]!) < 1e-5,
  );
});

test("rows encoded for a later night, with other ids for the same values, get the same predictions", async (t) => {
  const { content } = networkContent({
    ...DEEP,
    linear: ["site"],
    tables: [table("site", 5), table("tags", 3)],
    tower: { ...DEEP.tower, inputs: [embedded("site"), embedded("tags", SQRTN), numeric("age")] },
  });
  const model = await loadModel(await saved(content));
  const rows = [...exampleRows(90), { tags: ["unheard", "new", "never", "noir"] }];
  for (const later of [networkState([...SITES, "newcomer"]), networkState(["newcomer", ...[...SITES].reverse()], ["unheard", ...[...TAGS].reverse()])])
    t.deepEqual([...model.scorer(later)(encodedRows(later, rows))], model.predict(rows));
});

test("an explanation has the linear part feature by feature, then the network, and adds up", async (t) => {
  const { model, rows } = await agrees(t, networkContent({ ...DEEP, linear: ["band", "site"] }));
  for (const row of rows) {
    const { logit, intercept, contributions } = model.explain(row);
    t.is(
      contributions.reduce((sum, { contribution }) => sum + contribution, intercept),
      logit,
    );
    t.is(logit, model.score(row).logit);
    t.deepEqual(
      contributions.map(({ feature }) => feature.split(/[= ]/)[0]),
      ["band", "site", "network"],
    );
  }
  const several = await agrees(t, networkContent({ ...FACTORIZED, linear: [] }, { head: ONE_VS_ONE }, { classes: ["a", "b", "c"] }));
  for (const row of several.rows.slice(0, 9))
    for (const one of ["a", "b", "c"]) {
      const { logit, intercept, contributions } = several.model.explain(row, one);
      t.deepEqual(
        contributions.map(({ feature }) => feature),
        ["network"],
      );
      t.is(intercept + contributions[0]!.contribution, logit);
    }
});

test("the fields of a network's columns are asked for, others are not", async (t) => {
  const { content } = networkContent({ ...DEEP, linear: ["band"] });
  const model = await loadModel(await saved({ ...content, data: { missing: MISSING } }));
  t.deepEqual(model.info().fields, ["age", "price", "site", "user"]);
});

test("info says what kind of model it is", async (t) => {
  const kindOf = async (network: v1.INetworkSpec) => (await loadModel(await saved(networkContent(network).content))).info();
  const { kind, network, parameters, nonZero } = await kindOf(DEEP);
  t.is(kind, "wideAndDeep");
  t.deepEqual(network?.towers, [[14, 4, 3, 1]]);
  t.deepEqual(
    network?.tables.map(({ name, rows, dimension }) => [name, rows, dimension]),
    [
      ["site", 8, 5],
      ["user", 901, 6],
    ],
  );
  t.is(parameters, network!.parameters + 5 + 8 + 1);
  t.true(nonZero > 0 && nonZero < parameters);
  t.is((await kindOf({ ...DEEP, linear: [] })).kind, "deep");
  t.is((await kindOf(FACTORIZED)).kind, "factorized");
  t.is((await kindOf(TWO_TOWER)).kind, "twoTower");
});
