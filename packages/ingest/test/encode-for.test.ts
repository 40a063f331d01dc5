import fs from "node:fs";
import { encodeFor, ingestHandlers, openPack, type PackRows } from "@crossbill/ingest";
import { CrossbillError, v1 } from "@crossbill/messages";
import { inlineExecutor, refPath } from "@crossbill/tasks";
import test, { type ExecutionContext } from "ava";
import { COLUMNS, columnSpecs, csvOf, dataSpec, folder, HEADER, rowsOf, run, write } from "./support.js";

const data = dataSpec({ split: { index: { every: 4, test: [1, 2] } }, slices: ["site"] });

async function rowsIn(root: string, packs: readonly v1.Pack[]): Promise<PackRows[]> {
  return Promise.all(
    packs.map(async (pack) => {
      const reader = await openPack(refPath(root, pack.file), pack.file);
      return reader.read(0, reader.rows);
    }),
  );
}

/** The user as a number: a time, too. */
const timed = (line: string): string => line.replace(/,u(\d+)$/, ",2$1");

async function setUp(t: ExecutionContext, { split }: v1.DataSpec = data) {
  const root = folder(t);
  const lines = [...rowsOf(50, 1), "1,broken,s1,u1", "0,1,s1", ...rowsOf(30, 2)].map(timed);
  const files = [write(root, "a.csv", `${[HEADER, ...lines].join("\n")}\n`), write(root, "b.csv", csvOf(rowsOf(40, 3).map(timed)))];
  const own = { data: dataSpec({ split, slices: ["site"], maxRejected: 0.1 }), train: files };
  const { manifest } = await run(root, own);
  const executor = inlineExecutor({ handlers: [ingestHandlers], root });
  t.teardown(() => executor.close());
  const options = {
    root,
    build: "test",
    files: { train: files, validation: [], test: [] },
    data: own.data,
    columns: COLUMNS,
    nights: { window: 0, refitEveryNights: 0 },
    executor,
    manifest,
    part: v1.Part.TEST,
  };
  const packs = manifest.partitions.flatMap((partition) => partition.packs).filter((pack) => pack.part === v1.Part.TEST);
  return { root, files, options, packs };
}

for (const [by, split] of [
  ["index", data.split],
  ["order", { order: { validation: 0.1, test: 0.4 } }],
  ["time", { time: { field: "user", test: { share: 0.3 } } }],
] as const)
  test(`split by ${by}: with the data's own columns and state the packs hold the same rows, ids and numbers as ingestion's, rejected rows left out`, async (t) => {
    const { root, options, packs } = await setUp(t, dataSpec({ split }));
    const again = await encodeFor({ ...options, foreign: { columns: COLUMNS, state: options.manifest.state } });
    const [own, foreign] = [await rowsIn(root, packs), await rowsIn(root, again)];
    t.true(own.length > 0);
    t.deepEqual(
      foreign.map((rows) => [rows.label, rows.weight, rows.ids, rows.numbers]),
      own.map((rows) => [rows.label, rows.weight, rows.ids, rows.numbers]),
    );
  });

test("another model's columns and state give its ids for the same rows, in the same order", async (t) => {
  const { root, options, packs } = await setUp(t);
  const columns = columnSpecs({ name: "place", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1, values: ["s4-3", "s0-1"] } });
  const foreign = await rowsIn(root, await encodeFor({ ...options, foreign: { columns, state: v1.FeatureState.create({ columns }) as v1.FeatureState } }));
  const own = await rowsIn(root, packs);
  t.deepEqual(
    foreign.map((rows) => [...rows.label]),
    own.map((rows) => [...rows.label]),
  );
  t.deepEqual([...foreign[0]!.ids.keys()], ["place"]);
  const sites = await Promise.all(
    packs.map(async (pack) => (await (await openPack(refPath(root, pack.file), pack.file)).read(0, pack.rows, { slices: true })).slices.get("site")!),
  );
  t.deepEqual(
    foreign.flatMap((rows) => [...rows.ids.get("place")!]),
    sites.flat().map((site) => (site === "s4-3" ? 2 : site === "s0-1" ? 3 : 1)),
  );
});

test("a file that is not what was ingested, or a field that the data lack, is refused", async (t) => {
  const { files, options } = await setUp(t);
  const lacking = columnSpecs({ name: "x", hashed: { field: "nothing", buckets: 8 } });
  const foreign = { columns: lacking, state: v1.FeatureState.create({ columns: lacking }) as v1.FeatureState };
  t.is((await t.throwsAsync(encodeFor({ ...options, foreign }), { instanceOf: CrossbillError })).code, "E_COLUMN_FIELD");
  fs.appendFileSync(files[1]!, "1,1,s1,u1\n");
  t.is(
    (await t.throwsAsync(encodeFor({ ...options, foreign: { columns: COLUMNS, state: options.manifest.state } }), { instanceOf: CrossbillError })).code,
    "E_INPUT_CHANGED",
  );
});
