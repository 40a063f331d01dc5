import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { autoDimension, placeColumns, planNetwork } from "../../dist/index.js";
import { exampleContent, exampleState } from "../example.js";
import { DEEP, embedded, FACTORIZED, layer, numeric, planOf, specOf, TWO_TOWER, table } from "./example.js";

const Activation = v1.ActivationSpec.Kind;
const Initial = v1.InitializerSpec.Kind;
const { MEAN, SUM } = v1.EmbeddingInput.Combiner;

test("a linear model has no plan", (t) => {
  const { spec, placement } = exampleContent();
  t.is(planNetwork(spec, placement, 1), null);
});

test("a deep network: tables, inputs one after the other, layers with their numbers, the last one without bias", (t) => {
  const layerOf = { dropout: 0, batchNorm: false, penalised: true, gamma: -1, beta: -1, slopes: -1, running: -1 };
  t.deepEqual(planOf(DEEP, { head: v1.Head.SOFTMAX }, 2), {
    kind: "deep",
    outputs: 2,
    linear: ["band", "site"],
    tables: [
      {
        name: "site",
        index: 0,
        columns: ["site"],
        rows: 8,
        dimension: 5,
        stride: 8,
        l2: 1e-4,
        maxNorm: 0,
        frozen: false,
        initializer: { kind: Initial.TRUNCATED_NORMAL, scale: 0.1 / Math.sqrt(5) },
      },
      {
        name: "user",
        index: 1,
        columns: ["user"],
        rows: 100_001,
        dimension: 18,
        stride: 20,
        l2: 0,
        maxNorm: 0,
        frozen: false,
        initializer: { kind: Initial.TRUNCATED_NORMAL, scale: 0.1 / Math.sqrt(18) },
      },
    ],
    towers: [
      {
        inputs: [
          { kind: "embedding", column: "site", table: 0, combiner: MEAN, at: 0, width: 5 },
          { kind: "numeric", column: "age", at: 5, width: 2, numbers: 2, vectors: -1 },
          { kind: "embedding", column: "user", table: 1, combiner: SUM, at: 7, width: 18 },
          { kind: "numeric", column: "price", at: 25, width: 1, numbers: 1, vectors: -1 },
        ],
        width: 26,
        layers: [
          {
            ...layerOf,
            inputs: 26,
            outputs: 4,
            weights: 0,
            bias: 104,
            slopes: 108,
            activation: { kind: Activation.PRELU, a: 0.25, b: 0 },
            initializer: { kind: Initial.HE, scale: 0 },
          },
          {
            ...layerOf,
            inputs: 4,
            outputs: 3,
            weights: 112,
            bias: -1,
            gamma: 124,
            beta: 127,
            running: 0,
            batchNorm: true,
            dropout: 0.5,
            activation: { kind: Activation.TANH, a: 0, b: 0 },
            initializer: { kind: Initial.GLOROT, scale: 0 },
          },
          {
            ...layerOf,
            inputs: 3,
            outputs: 2,
            weights: 130,
            bias: -1,
            activation: { kind: Activation.LINEAR, a: 0, b: 0 },
            initializer: { kind: Initial.GLOROT, scale: 0 },
          },
        ],
        outputs: 2,
        l1: 0,
        l2: 1e-3,
      },
    ],
    factorized: null,
    dense: 136,
    running: 6,
    parameters: 136 + 8 * 5 + 100_001 * 18,
  });
});

test("a factorized network: vectors of one length, those of numbers among the dense ones", (t) => {
  const plan = planOf(FACTORIZED, { head: v1.Head.SOFTMAX }, 2);
  t.deepEqual(plan.factorized, { rank: 3, fieldAware: false, fields: 3 });
  t.deepEqual(
    plan.tables.map(({ rows, dimension, stride, initializer }) => ({ rows, dimension, stride, initializer })),
    [8, 25].map((rows) => ({ rows, dimension: 6, stride: 8, initializer: { kind: Initial.NORMAL, scale: 0.03 / Math.sqrt(3) } })),
  );
  t.deepEqual(plan.towers, [
    {
      inputs: [
        { kind: "embedding", column: "site", table: 0, combiner: MEAN, at: 0, width: 6 },
        { kind: "numeric", column: "age", at: 6, width: 6, numbers: 2, vectors: 0 },
        { kind: "embedding", column: "hour", table: 1, combiner: MEAN, at: 12, width: 6 },
      ],
      width: 18,
      layers: [],
      outputs: 18,
      l1: 0,
      l2: 1e-4,
    },
  ]);
  t.is(plan.dense, 12);
  const aware = planOf({ ...FACTORIZED, factorized: { ...FACTORIZED.factorized, fieldAware: true } }, { head: v1.Head.SOFTMAX }, 2);
  t.is(aware.tables[0]!.dimension, 3 * 2 * 3);
  t.is(aware.dense, 2 * 18);
});

test("two towers: their inputs are their vectors, or a last layer with a bias", (t) => {
  const plain = planOf(TWO_TOWER);
  t.deepEqual(
    plain.towers.map(({ width, outputs, layers }) => ({ width, outputs, layers })),
    [
      { width: 4, outputs: 4, layers: [] },
      { width: 4, outputs: 4, layers: [] },
    ],
  );
  t.deepEqual(plain.tables[0]!.initializer, { kind: Initial.NORMAL, scale: 0.015 });
  t.is(plain.dense, 0);
  const deep = planOf({ ...TWO_TOWER, user: { ...TWO_TOWER.user, hidden: [layer(5)], outputs: 3 }, item: { ...TWO_TOWER.item, outputs: 3 } });
  t.deepEqual(
    deep.towers.map(({ layers }) => layers.map(({ inputs, outputs, weights, bias }) => ({ inputs, outputs, weights, bias }))),
    [
      [
        { inputs: 4, outputs: 5, weights: 0, bias: 20 },
        { inputs: 5, outputs: 3, weights: 25, bias: 40 },
      ],
      [{ inputs: 4, outputs: 3, weights: 43, bias: 55 }],
    ],
  );
  t.deepEqual(deep.tables[0]!.initializer, { kind: Initial.TRUNCATED_NORMAL, scale: 0.05 });
});

test("every number of dense belongs to one part of one layer", (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          units: fc.integer({ min: 1, max: 9 }),
          kind: fc.constantFrom(Activation.RELU, Activation.PRELU, Activation.TANH),
          batchNorm: fc.boolean(),
        }),
        {
          maxLength: 4,
        },
      ),
      fc.integer({ min: 1, max: 5 }),
      (hidden, K) => {
        const plan = planOf(
          { ...DEEP, tower: { ...DEEP.tower, hidden: hidden.map(({ units, kind, batchNorm }) => layer(units, kind, { batchNorm })) } },
          {},
          K,
        );
        const owners = new Uint8Array(plan.dense);
        const running = new Uint8Array(plan.running);
        const own = (in_: Uint8Array, at: number, n: number): void => {
          if (at >= 0) for (let i = at; i < at + n; i++) in_[i]!++;
        };
        let units = plan.towers[0]!.width;
        for (const { inputs, outputs, weights, bias, gamma, beta, slopes, running: statistics } of plan.towers[0]!.layers) {
          t.is(inputs, units);
          units = outputs;
          own(owners, weights, inputs * outputs);
          for (const at of [bias, gamma, beta, slopes]) own(owners, at, outputs);
          own(running, statistics, 2 * outputs);
        }
        t.is(units, K);
        t.true(owners.every((n) => n === 1) && running.every((n) => n === 1));
      },
    ),
  );
});

test('"auto" is the fourth root, rounded up', (t) => {
  t.deepEqual([1, 2, 16, 17, 81, 82, 100_000, 500_000, 10 ** 8].map(autoDimension), [1, 2, 2, 3, 3, 4, 18, 27, 100]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (size) => {
      const d = BigInt(autoDimension(size));
      return d ** 4n >= BigInt(size) && (d - 1n) ** 4n < BigInt(size);
    }),
  );
});

test("what cannot be meant is refused with the reason", (t) => {
  const tower = DEEP.tower!;
  const refused: [RegExp, v1.INetworkSpec, v1.IModelSpec?, number?][] = [
    [/layers without a non-linearity between them are one matrix/, { ...DEEP, tower: { ...tower, hidden: [layer(4, Activation.LINEAR), layer(3)] } }],
    [/column "nothing", which is not among/, { ...DEEP, linear: ["nothing"] }],
    [/names a column twice/, { ...DEEP, linear: ["site", "site"] }],
    [/no table "song"/, { ...DEEP, tower: { ...tower, inputs: [embedded("site", MEAN, "song")] } }],
    [/not of the column "user"/, { ...DEEP, tower: { ...tower, inputs: [embedded("user", MEAN, "site")] } }],
    [/is categorical/, { ...DEEP, tower: { ...tower, inputs: [numeric("site")] } }],
    [/is numeric and has no ids/, { ...DEEP, tables: [table("price", 3)] }],
    [/of 8 ids and "user" of 100001/, { ...DEEP, tables: [{ name: "site", columns: ["site", "user"], dimension: 3 }] }],
    [/two tables have one name/, { ...DEEP, tables: [table("site", 3), table("site", 3)] }],
    [/he and glorot are of layers/, { ...DEEP, tables: [table("site", 3, { initializer: { kind: Initial.HE } }), table("user")] }],
    [/no inputs/, { ...DEEP, tower: { ...tower, inputs: [] } }],
    [/the tower is missing/, { kind: DEEP.kind!, tables: DEEP.tables! }],
    [/dropout 1/, { ...DEEP, tower: { ...tower, hidden: [layer(3, Activation.RELU, { dropout: 1 })] } }],
    [/0 units/, { ...DEEP, tower: { ...tower, hidden: [layer(0)] } }],
    [/l2 of a tower is -1/, { ...DEEP, tower: { ...tower, l2: -1 } }],
    [/pairs of columns and has 1/, { ...FACTORIZED, factorized: { rank: 2, inputs: [embedded("site")] } }],
    [/rank 0/, { ...FACTORIZED, factorized: { ...FACTORIZED.factorized, rank: 0 } }],
    [/names a column twice/, { ...FACTORIZED, factorized: { rank: 2, inputs: [embedded("site"), embedded("site")] } }],
    [/has 4 numbers and the item's 5/, { ...TWO_TOWER, tables: [table("user", 4), table("site", 5)] }],
    [/product for each of the 3 outputs of the head softmax: give both/, TWO_TOWER, { head: v1.Head.SOFTMAX }, 3],
    [/unknown kind 9/, { ...DEEP, kind: 9 as v1.NetworkSpec.Kind }],
  ];
  for (const [message, network, more = {}, outputs = 1] of refused) {
    const spec = specOf(network, more);
    const error = t.throws(() => planNetwork(spec, placeColumns(spec, exampleState()), outputs), { instanceOf: CrossbillError, message });
    t.is(error?.code, "E_NETWORK");
    t.is(error?.exitCode, 2);
  }
  t.notThrows(() => planOf({ ...DEEP, tower: { ...tower, hidden: [layer(4), layer(3, Activation.LINEAR)] } }));
});
