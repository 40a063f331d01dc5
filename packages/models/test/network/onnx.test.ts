import fs from "node:fs";
import path from "node:path";
import { v1 } from "@crossbill/messages";
import test from "ava";
import { exportModel, loadModel, type Model } from "../../dist/index.js";
import { onnx } from "../../gen/onnx.js";
import { saved, temporary } from "../example.js";
import { runOnnx, runtime } from "../onnx-session.js";
import { DEEP, embedded, FACTORIZED, layer, numeric, TWO_TOWER, table } from "./example.js";
import { exampleRows, networkContent } from "./example-model.js";

const { Combiner } = v1.EmbeddingInput;
const { Kind } = v1.ActivationSpec;
const onRuntime = runtime === null ? test.skip : test;
/** Layers are in float32 on both sides, in another order. */
const EPSILON = 2e-5;
const rows = exampleRows(80);

async function exported(model: Model): Promise<Buffer> {
  const file = path.join(temporary(), "model.onnx");
  await exportModel(model, "onnx", file);
  return fs.readFileSync(file);
}

function furthest(a: readonly number[], b: readonly number[]): number {
  return a.length === b.length ? a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!) / Math.max(1, Math.abs(b[i]!))), 0) : Number.NaN;
}

const TAGS = (combiner: v1.EmbeddingInput.Combiner): v1.INetworkSpec => ({
  ...DEEP,
  tables: [...DEEP.tables!, table("tags", 3)],
  tower: { ...DEEP.tower!, inputs: [...DEEP.tower!.inputs!, embedded("tags", combiner)] },
});
const WITH_TAGS = { ...FACTORIZED, tables: [...FACTORIZED.tables!, table("tags")] };
const TAGGED = [...FACTORIZED.factorized!.inputs!, embedded("tags", Combiner.SUM)];

const kinds: readonly (readonly [string, v1.INetworkSpec])[] = [
  ["layers, several values by their mean", TAGS(Combiner.MEAN)],
  ["layers, several values by their sum", TAGS(Combiner.SUM)],
  ["layers, several values by their sum over the root of their squares", TAGS(Combiner.SQRTN)],
  ["no hidden layer, no linear part", { ...DEEP, linear: [], tower: { inputs: [numeric("age"), embedded("site")] } }],
  ["factorized", { ...WITH_TAGS, factorized: { ...FACTORIZED.factorized!, inputs: TAGGED } }],
  ["factorized, field-aware", { ...WITH_TAGS, factorized: { ...FACTORIZED.factorized!, inputs: TAGGED, fieldAware: true } }],
  ["two towers", TWO_TOWER],
  ["two towers with layers", { ...TWO_TOWER, user: { inputs: [embedded("user"), numeric("age")], hidden: [layer(4, Kind.TANH)] } }],
];

for (const [name, network] of kinds) {
  onRuntime(`ONNX Runtime gives the logits of a network: ${name}`, async (t) => {
    for (const head of [v1.Head.LOGISTIC, v1.Head.SQUARED]) {
      const scale = head === v1.Head.SQUARED ? { networkScale: 37.5 } : {};
      const model = await loadModel(await saved({ ...networkContent(network, { head }).content, ...scale }));
      const answers = await runOnnx(await exported(model), model, rows);
      const logits = rows.map((row) => model.score(row).logit);
      const worst = furthest(answers[head === v1.Head.SQUARED ? "prediction" : "logit"]!, logits);
      t.true(worst <= EPSILON, `${worst}`);
      t.true(new Set(logits).size > 50);
    }
  });
}

onRuntime("ONNX Runtime gives what every activation does", async (t) => {
  for (const [kind, a, b] of [
    [Kind.LINEAR, 0, 0],
    [Kind.RELU, 0, 0],
    [Kind.SIGMOID, 0, 0],
    [Kind.TANH, 0, 0],
    [Kind.SOFTPLUS, 0, 0],
    [Kind.LEAKY_RELU, 0.2, 0],
    [Kind.PRELU, 0.25, 0],
    [Kind.RRELU, 0.125, 0.5],
    [Kind.RELU_N, 0.5, 0],
    [Kind.ELU, 0.75, 0],
    [Kind.GELU, 0, 0],
    [Kind.SILU, 0, 0],
  ] as const) {
    const network = { ...DEEP, tower: { ...DEEP.tower!, hidden: [layer(6, kind, { activation: { kind, a, b } })] } };
    const model = await loadModel(await saved(networkContent(network).content));
    const { logit } = await runOnnx(await exported(model), model, rows);
    const worst = furthest(
      logit!,
      rows.map((row) => model.score(row).logit),
    );
    t.true(worst <= EPSILON, `${Kind[kind]}: ${worst}`);
  }
});

for (const head of [v1.Head.SOFTMAX, v1.Head.ONE_VS_REST, v1.Head.MULTI_LABEL]) {
  onRuntime(`ONNX Runtime gives the probabilities of several classes of a network: ${v1.Head[head]}`, async (t) => {
    const towers = { ...TWO_TOWER, user: { ...TWO_TOWER.user, outputs: 3 }, item: { ...TWO_TOWER.item, outputs: 3 } };
    for (const network of [DEEP, towers, FACTORIZED, { ...FACTORIZED, factorized: { ...FACTORIZED.factorized!, fieldAware: true } }]) {
      const model = await loadModel(await saved(networkContent(network, { head }, { classes: ["a", "b", "c"] }).content));
      const { probabilities } = await runOnnx(await exported(model), model, rows);
      const expected = rows.flatMap((row) => [...model.score(row).classes!.probabilities]);
      const worst = furthest(probabilities!, expected);
      t.true(worst <= EPSILON, `${worst}`);
    }
  });
}

test("the graph of a network has an input for every column that it sees, and every id's vector once", async (t) => {
  const model = await loadModel(await saved(networkContent(TAGS(Combiner.MEAN)).content));
  const bytes = await exported(model);
  t.deepEqual(await exported(model), bytes);
  const { graph, metadataProps } = onnx.ModelProto.decode(bytes);
  const about = JSON.parse(metadataProps.find(({ key }) => key === "crossbill.columns")!.value) as { column: string }[];
  t.deepEqual(
    about.map(({ column }) => column),
    model.columns.map(({ placed }) => placed.name),
  );
  const tables = graph!.initializer.filter(({ dataType, dims }) => dataType === onnx.TensorProto.DataType.FLOAT && dims.length === 2);
  const shapes = tables.map(({ dims }) => dims.map(Number));
  for (const { rows: ids, dimension } of model.network!.plan.tables) t.is(shapes.filter(([n, d]) => n === ids && d === dimension).length, 1);
});
