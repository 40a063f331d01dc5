// Weights are copies: networks of every kind, by every optimiser of layers and of tables.
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import type { ArrayPack } from "../dist/rows/array-source.js";
import type { TrainOutcome } from "../dist/train-options.js";
import { trainedBy } from "./network-run.js";
import { deepSpec, factorizedSpec, layer, placementOf, table, twoTowerSpec } from "./network-support.js";
import { OPTIMIZERS, scheduled } from "./optimizer-cases.js";
import { chunksOf, type Problem, problem, trainOn, withClasses } from "./support.js";

const { Kind } = v1.ActivationSpec;
const ROWS = 90;

function shared<T extends Float64Array | Uint32Array | Int32Array>(type: new (buffer: SharedArrayBuffer) => T, values: ArrayLike<number>): T {
  const out = new type(new SharedArrayBuffer((type === (Float64Array as unknown) ? 8 : 4) * values.length));
  out.set(values);
  return out;
}

/** Row i as often as `copies[i]` says, of weight 1. */
function copied(p: Problem, copies: readonly number[]): Problem {
  const [pack] = p.packs as [ArrayPack];
  const rows = copies.flatMap((k, r) => new Array<number>(k).fill(r));
  const f64 = (x: Float64Array): Float64Array =>
    shared(
      Float64Array,
      rows.map((r) => x[r]!),
    );
  const { offsets, ids, values } = pack.pairs!["m"]!;
  const places = rows.flatMap((r) => Array.from({ length: offsets[r + 1]! - offsets[r]! }, (_, i) => offsets[r]! + i));
  const ends = [0];
  for (const r of rows) ends.push(ends.at(-1)! + offsets[r + 1]! - offsets[r]!);
  const many: ArrayPack = {
    label: f64(pack.label),
    weight: f64(pack.weight).fill(1),
    ids: Object.fromEntries(
      Object.entries(pack.ids).map(([name, x]) => [
        name,
        shared(
          Uint32Array,
          rows.map((r) => x[r]!),
        ),
      ]),
    ),
    numbers: Object.fromEntries(Object.entries(pack.numbers).map(([name, x]) => [name, f64(x)])),
    pairs: {
      m: {
        offsets: shared(Int32Array, ends),
        ids: shared(
          Uint32Array,
          places.map((i) => ids[i]!),
        ),
        values: shared(
          Float64Array,
          places.map((i) => values![i]!),
        ),
      },
    },
  };
  const [partition] = p.manifest.partitions;
  const one = { ...partition!.packs![0]!, rows: rows.length, chunkPairs: chunksOf(many) };
  return { ...p, packs: [many], manifest: v1.IngestManifest.create({ ...p.manifest, partitions: [{ packs: [one] }] }) };
}

const HEADS = { deep: v1.Head.LOGISTIC, sampled: v1.Head.SAMPLED_SOFTMAX, factorized: v1.Head.LOGISTIC, fieldAware: v1.Head.POISSON, towers: v1.Head.LOGISTIC };
const NETWORKS: Record<keyof typeof HEADS, v1.NetworkSpec.$Properties> = {
  deep: deepSpec(
    [layer(6, Kind.TANH, { batchNorm: true }), layer(5)],
    { linear: ["c0"], tables: [table("c1", 5, { l2: 0.01 }), table("c3", 3, { maxNorm: 0.3 }), table("m", 4)] },
    { l1: 1e-3, l2: 1e-3 },
  ),
  sampled: deepSpec([layer(6, Kind.TANH)], { linear: ["x1"] }, { l2: 1e-3 }),
  factorized: factorizedSpec(false, 3),
  fieldAware: factorizedSpec(true, 2, { linear: ["c0"] }),
  towers: twoTowerSpec([layer(4, Kind.TANH)], 3),
};

function close(one: TrainOutcome, other: TrainOutcome): string | null {
  const pairs: [string, ArrayLike<number>, ArrayLike<number>][] = [
    ["weights", one.weights, other.weights],
    ["intercepts", one.intercepts, other.intercepts],
    ["dense", one.network!.dense, other.network!.dense],
    ["running", one.network!.running, other.network!.running],
    ...one.network!.tables.flatMap(({ name, ids, vectors }, t): typeof pairs => [
      [`ids of ${name}`, ids, other.network!.tables[t]!.ids],
      [`vectors of ${name}`, vectors, other.network!.tables[t]!.vectors],
    ]),
  ];
  for (const [what, a, b] of pairs) {
    if (a.length !== b.length) return `${what}: ${a.length} and ${b.length}`;
    for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i]! - b[i]!) < 1e-4)) return `${what} ${i}: ${a[i]} and ${b[i]}`;
  }
  return null;
}

for (const { name, options } of OPTIMIZERS) {
  test(`${name}: a row of weight k is k copies of it in the same block, and of weight 0 none`, async (t) => {
    // Where an average of squares is tiny, what is lost in rounding is divided by it.
    const optimizer = trainedBy(scheduled({ ...options, ...("epsilon" in options ? { epsilon: 1e-2 } : {}) }, { kind: "constant" }, 0, 0.01));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(NETWORKS) as (keyof typeof HEADS)[])),
        fc.array(fc.nat(3), { minLength: ROWS, maxLength: ROWS }),
        async (kind, copies) => {
          copies[0] = 1;
          const p = problem([ROWS], [], 1, true);
          const own = kind === "sampled" ? withClasses(p) : p;
          own.packs[0]!.weight.set(copies);
          const run = {
            train: { ...optimizer, shuffle: false, epochs: 3, batchSize: 3 * ROWS },
            model: { network: NETWORKS[kind], head: HEADS[kind], samples: 1 },
            options: { placement: placementOf(p) },
          };
          t.is(close(await trainOn(own, run), await trainOn(copied(own, copies), run)), null, kind);
        },
      ),
      { numRuns: 5, endOnFailure: true },
    );
  });
}
