import fs from "node:fs";
import path from "node:path";
import { CrossbillError, v1 } from "@crossbill/messages";
import { tableFromIPC } from "apache-arrow";
import test from "ava";
import fc from "fast-check";
import { exportModel, loadModel } from "../../dist/index.js";
import { int8Layer } from "../../dist/network/int8.js";
import { mergedLayer } from "../../dist/network/served-tower.js";
import { exampleContent, saved, temporary } from "../example.js";
import { DEEP, layer } from "./example.js";
import { exampleRows, networkContent } from "./example-model.js";

const relu6 = (units: number, batchNorm = false): v1.ILayerSpec =>
  layer(units, v1.ActivationSpec.Kind.RELU_N, { activation: { kind: v1.ActivationSpec.Kind.RELU_N, a: 6 }, batchNorm });
const NETWORK: v1.INetworkSpec = { ...DEEP, tower: { ...DEEP.tower, hidden: [relu6(40, true), relu6(20)] } };

test("no weight is off by more than half a step of its unit, and the largest of a unit stays", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      fc.infiniteStream(fc.double({ min: -4, max: 4, noNaN: true })),
      (inputs, outputs, stream) => {
        const weights = Float32Array.from(stream.take(inputs * outputs));
        const { values, scales } = int8Layer(weights, { inputs, outputs });
        for (const [i, w] of weights.entries()) {
          const scale = scales[Math.floor(i / inputs)]!;
          if (Math.abs(values[i]! * scale - w) > 0.5001 * scale + 1e-38) return false;
        }
        return true;
      },
    ),
  );
  t.deepEqual(int8Layer(Float32Array.of(0, 0, 254, -127), { inputs: 2, outputs: 2 }), { values: Int8Array.of(0, 0, 127, -63), scales: Float32Array.of(0, 2) });
});

test("a model with layers in 8 bits predicts nearly the same", async (t) => {
  const dir = await saved(networkContent(NETWORK).content);
  const [full, small] = [await loadModel(dir), await loadModel(dir, { int8: true })];
  const rows = exampleRows(200);
  const off = rows.map((row) => Math.abs(full.score(row).logit - small.score(row).logit));
  const spread = Math.max(...rows.map((row) => Math.abs(full.score(row).logit)));
  t.true(Math.max(...off) > 0);
  t.true(Math.max(...off) < 0.02 * spread, `${Math.max(...off)} of ${spread}`);
  t.is(small.sha256, full.sha256);
});

test("the file has what prediction needs of each unit", async (t) => {
  const model = await loadModel(await saved(networkContent(NETWORK).content));
  const file = path.join(temporary(), "layers.arrow");
  await exportModel(model, "int8", file);
  const rows = tableFromIPC(fs.readFileSync(file)).toArray();
  t.is(rows.length, 40 + 20 + 1);
  const { layers } = model.network!.plan.towers[0]!;
  let at = 0;
  for (const [l, one] of layers.entries()) {
    const { weights, bias } = mergedLayer(one, model.network!.weights);
    const { values, scales } = int8Layer(weights, one);
    for (let j = 0; j < one.outputs; j++) {
      const row = rows[at++]!.toJSON() as Record<string, unknown>;
      t.deepEqual([row["layer"], row["unit"], row["scale"], row["bias"]], [`layer ${l + 1}`, j, scales[j], bias[j]]);
      t.deepEqual([...(row["weights"] as Iterable<number>)], [...values.subarray(j * one.inputs, (j + 1) * one.inputs)]);
    }
  }
  const linear = await loadModel(await saved(exampleContent()));
  t.is((await t.throwsAsync(exportModel(linear, "int8", file), { instanceOf: CrossbillError }))?.code, "E_EXPORT_EMPTY");
});
