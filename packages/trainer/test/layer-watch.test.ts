import { v1 } from "@crossbill/messages";
import test from "ava";
import { layerVerdicts } from "../dist/watch/layer-verdicts.js";
import { ADAM, networkBits } from "./network-run.js";
import { deepSpec, layer, placementOf, twoTowerSpec } from "./network-support.js";
import { problem, temporaryFolder, trainOn, trainUntil } from "./support.js";

const { Kind } = v1.ActivationSpec;
const data = problem([400, 200], [100], 1, true);
const placement = placementOf(data);

const total = ({ counts }: v1.SizeCounts.$Properties): number => counts!.reduce((sum, n) => sum + n, 0);

test("every evaluation looks at every layer, the same for any number of workers, and after a resume", async (t) => {
  for (const network of [deepSpec([layer(6, Kind.RELU, { batchNorm: true, dropout: 0.2 }), layer(5, Kind.TANH)]), twoTowerSpec([layer(4)], 3)]) {
    const run = { train: { optimizer: ADAM, batchSize: 50 }, model: { network } };
    const one = await trainOn(data, { ...run, options: { placement } });
    const layersOf = (outcome: typeof one): string => JSON.stringify(outcome.metrics.curve.map(({ layers }) => layers));
    for (const { layers } of one.metrics.curve) {
      t.is(layers!.length, network.kind === v1.NetworkSpec.Kind.TWO_TOWER ? 4 : 3);
      for (const { units, dead, zeros, saturated, gradient, weights, updateRatio } of layers!) {
        t.true(units! > 0 && dead! <= units!);
        for (const share of [zeros!, saturated!]) t.true(share >= 0 && share <= 1);
        for (const size of [gradient!, weights!, updateRatio!]) t.true(size > 0 && Number.isFinite(size));
      }
      for (const { units, zeros, activations, gradients, parameters } of layers!) {
        const all = total(activations!);
        t.true(all > 0 && all % units! === 0);
        t.is(total(gradients!) % total(parameters!), 0);
        t.true(total(gradients!) > 0 && activations!.counts!.at(0)! > 0 && activations!.counts!.at(-1)! > 0);
        t.true((activations!.counts![-activations!.first!] ?? 0) >= Math.round(zeros! * all));
      }
    }
    t.is(layersOf(await trainOn(data, { ...run, options: { placement, workers: 3 } })), layersOf(one));
    const root = temporaryFolder();
    await t.throwsAsync(trainUntil(15, data, { ...run, options: { placement }, root }));
    const resumed = await trainOn(data, { ...run, options: { placement }, root });
    t.true(resumed.resumedFromStep > 0);
    t.is(layersOf(resumed), layersOf(one));
    t.is(networkBits(resumed), networkBits(one));
  }
});

test("shares and ratios are those of the network: half of the units of a relu layer are 0 at first, none of a tanh layer is", async (t) => {
  const { metrics } = await trainOn(data, {
    train: { optimizer: { sgd: { learningRate: 1e-9 } }, epochs: 1 },
    model: { network: deepSpec([layer(64), layer(32, Kind.TANH), layer(32, Kind.RELU_N)]) },
    options: { placement },
  });
  const [relu, tanh, capped, last] = metrics.curve[0]!.layers!;
  t.true(relu!.zeros! > 0.3 && relu!.zeros! < 0.7, `${relu!.zeros}`);
  t.is(tanh!.zeros, 0);
  t.true(capped!.saturated! > 0);
  t.is(last!.units, 1);
  for (const { updateRatio, gradient, weights } of [relu!, tanh!, capped!, last!]) t.true(updateRatio! < 1e-6 && gradient! > 0 && weights! > 0);
});

const one = (name: string, more: v1.LayerWatch.$Properties): v1.LayerWatch =>
  v1.LayerWatch.create({ name, units: 20, dead: 0, zeros: 0.5, saturated: 0, gradient: 0.01, weights: 3, updateRatio: 1e-3, ...more });
const codes = (kept: v1.LayerWatch[], curve = [kept]): string[] => layerVerdicts(kept, curve).map(({ code }) => code);

test("layers that fail to train are told with what helps; others are not", (t) => {
  const fine = [one("layer 1", {}), one("layer 2", {}), one("layer 3", {})];
  t.deepEqual(codes(fine), []);
  t.deepEqual(codes([one("layer 1", { dead: 6 }), ...fine.slice(1)]), ["D_DEAD_UNITS"]);
  t.deepEqual(codes([one("layer 1", { saturated: 0.6 }), ...fine.slice(1)]), ["D_SATURATED_UNITS"]);
  t.deepEqual(codes([one("layer 1", { gradient: 1e-6 }), ...fine.slice(1)]), ["D_VANISHING_GRADIENT"]);
  t.deepEqual(codes(fine, [fine, [one("layer 1", { gradient: 2 }), ...fine.slice(1)]]), ["D_EXPLODING_GRADIENT"]);
  t.deepEqual(codes([...fine.slice(1), one("layer 3", { updateRatio: 0.7 })]), ["D_EXPLODING_GRADIENT"]);
  t.regex(layerVerdicts([one("layer 1", { dead: 6 })], [])[0]!.message, /6 of 20 units of layer 1 .*leakyRelu/);
});

test("real trainings: deep sigmoids vanish, a rate that is far too large kills relu units", async (t) => {
  const told = async (network: v1.NetworkSpec.$Properties, optimizer: v1.OptimizerSpec.$Properties): Promise<string[]> =>
    (await trainOn(data, { train: { optimizer, epochs: 2 }, model: { network }, options: { placement } })).metrics.diagnostics.map(({ code }) => code);
  const deep = Array.from({ length: 8 }, () => layer(6, Kind.SIGMOID));
  t.true((await told(deepSpec(deep), { sgd: { learningRate: 0.1 } })).includes("D_VANISHING_GRADIENT"));
  t.true((await told(deepSpec([layer(8), layer(8)]), { sgd: { learningRate: 20 } })).includes("D_DEAD_UNITS"));
  t.deepEqual(await told(deepSpec([layer(16), layer(8)]), ADAM), []);
});
