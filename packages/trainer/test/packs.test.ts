import fs from "node:fs";
import path from "node:path";
import { ingest, ingestHandlers } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { placeColumns } from "@crossbill/models";
import { RandomStream } from "@crossbill/numerics";
import { inlineExecutor } from "@crossbill/tasks";
import { type TrainOutcome, train } from "@crossbill/trainer";
import test from "ava";
import { bits, temporaryFolder } from "./support.js";

const columns: v1.ColumnSpec.$Properties[] = [
  { name: "price", numeric: { field: "price", scale: v1.NumericSpec.Scale.STANDARDIZE, missing: v1.NumericSpec.Missing.INDICATOR } },
  { name: "site", vocabulary: { field: "site", minCount: 2, outOfVocabulary: 1 } },
  { name: "user", hashed: { field: "user", buckets: 100 } },
];

function csv(rows: number, seed: number): string {
  const random = new RandomStream(seed, 0);
  const lines = ["y,price,site,user"];
  for (let i = 0; i < rows; i++) {
    const site = random.below(9);
    const price = random.normal();
    const y = random.bernoulli(0.1 + 0.08 * site) ? 1 : 0;
    lines.push(`${y},${random.bernoulli(0.1) ? "" : price.toFixed(3)},site${site},u${random.below(400)}`);
  }
  return `${lines.join("\n")}\n`;
}

async function work(): Promise<{ root: string; manifest: v1.IngestManifest }> {
  const root = temporaryFolder();
  const files = ["a.csv", "b.csv", "validation.csv"].map((name, i) => {
    const file = path.join(root, name);
    fs.writeFileSync(file, csv(i === 2 ? 700 : 1500, i));
    return file;
  });
  const data = v1.DataSpec.decode(
    v1.DataSpec.encode({
      format: "csv",
      label: { field: "y", positive: ["1"], negative: ["0"] },
      maxRejected: 0.01,
      csv: { delimiter: ",", header: true, quote: '"', missing: [""] },
    }).finish(),
  );
  const executor = inlineExecutor({ handlers: [ingestHandlers], root });
  const { manifest } = await ingest({
    root,
    build: "test",
    data,
    executor,
    columns: columns.map((spec) => v1.ColumnSpec.decode(v1.ColumnSpec.encode(spec).finish())),
    files: { train: files.slice(0, 2), validation: files.slice(2), test: [] },
    nights: { window: 0, refitEveryNights: 0 },
  });
  await executor.close();
  return { root, manifest };
}

function trainPacks(root: string, manifest: v1.IngestManifest, workers: number, memoryBytes = 2 ** 30, fresh = true): Promise<TrainOutcome> {
  const model = v1.ModelSpec.create({ columns: ["site", "price", "user"], l2: 1e-6 });
  const spec = v1.TrainSpec.create({ optimizer: { ftrl: { alpha: 0.1, beta: 1 } }, epochs: 3, batchSize: 256, seed: 1, shuffle: true });
  return train({ root, specs: { model, train: spec }, manifest, placement: placeColumns(model, manifest.state!), workers, memoryBytes, build: "test", fresh });
}

test.serial("packs of real ingestion train to one model, in one thread, in three, and with hardly any memory", async (t) => {
  const { root, manifest } = await work();
  const one = await trainPacks(root, manifest, 1);
  t.true(one.metrics.validationLoss < 0.68 && one.metrics.validationLoss > 0.4, `${one.metrics.validationLoss}`);
  t.is(one.rowsProcessed, 9000);
  t.is(bits(await trainPacks(root, manifest, 3)), bits(one));
  t.is(bits(await trainPacks(root, manifest, 2, 1)), bits(one));
  const again = await trainPacks(root, manifest, 2, 2 ** 30, false);
  t.is(bits(again), bits(one));
  t.is(again.rowsProcessed, 0);
});

for (const [name, validated, shuffle] of [
  ["in order, nothing validated", false, false],
  ["in order", true, false],
  ["shuffled", true, true],
] as const) {
  test.serial(`one pass, ${name}: one model for any threads and with hardly any memory`, async (t) => {
    const { root, manifest } = await work();
    if (!validated) for (const partition of manifest.partitions) partition.packs = partition.packs.filter(({ part }) => part === v1.Part.TRAIN);
    const model = v1.ModelSpec.create({ columns: ["site", "price", "user"], l1: 1e-5 });
    const spec = v1.TrainSpec.create({ optimizer: { adagrad: { learningRate: 0.1, initialAccumulator: 0.1 } }, epochs: 1, batchSize: 128, seed: 1, shuffle });
    const options = { root, specs: { model, train: spec }, manifest, placement: placeColumns(model, manifest.state!), build: "test", fresh: true };
    const one = await train({ ...options, workers: 1, memoryBytes: 2 ** 30 });
    t.is(one.rowsProcessed, 3000);
    t.is(Number.isNaN(one.metrics.validationLoss), !validated);
    t.is(bits(await train({ ...options, workers: 3, memoryBytes: 2 ** 30 })), bits(one));
    t.is(bits(await train({ ...options, workers: 2, memoryBytes: 1 })), bits(one));
  });
}

test.serial("one flipped bit of a pack is found before anything is trained", async (t) => {
  const { root, manifest } = await work();
  const pack = manifest.partitions[1]!.packs[0]!;
  const file = path.join(root, pack.file!.uri);
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1]! ^= 4;
  fs.writeFileSync(file, bytes);
  const error = (await t.throwsAsync(trainPacks(root, manifest, 2), { instanceOf: CrossbillError })) as CrossbillError;
  t.is(error.code, "E_CORRUPT");
  t.true(error.message.includes(path.basename(pack.file!.uri)));
});

test.serial("two trainings of the same packs at once, each with checkpoints of its own, are what each is alone", async (t) => {
  const { root, manifest } = await work();
  const of = (l2: number, more: { checkpointRoot?: string; fresh?: boolean } = {}): Promise<TrainOutcome> => {
    const model = v1.ModelSpec.create({ columns: ["site", "price", "user"], l2 });
    const spec = v1.TrainSpec.create({ optimizer: { ftrl: { alpha: 0.1, beta: 1 } }, epochs: 3, batchSize: 256, seed: 1, shuffle: true });
    const placement = placeColumns(model, manifest.state!);
    return train({ root, specs: { model, train: spec }, manifest, placement, workers: 1, memoryBytes: 2 ** 30, build: "test", ...more });
  };
  const folders = [temporaryFolder(), temporaryFolder()];
  const both = (): Promise<TrainOutcome[]> => Promise.all([1e-6, 1e-2].map((l2, i) => of(l2, { checkpointRoot: folders[i]! })));
  const first = await both();
  t.false(fs.existsSync(path.join(root, "train")));
  t.deepEqual(
    (await both()).map(({ rowsProcessed }) => rowsProcessed),
    [0, 0],
    "each finds its own finished training",
  );
  for (const [i, l2] of [1e-6, 1e-2].entries()) t.is(bits(first[i]!), bits(await of(l2, { fresh: true })));
  t.not(bits(first[0]!), bits(first[1]!));
});
