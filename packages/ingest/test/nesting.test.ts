import fs from "node:fs";
import { ingestHandlers, readManifest } from "@crossbill/ingest";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, writeSealed } from "@crossbill/storage";
import { inlineExecutor } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";
import { mergeHistories } from "../dist/merge-histories.js";
import { columnSpecs, csvOf, dataSpec, folder, packRows, rowsOf, run, write } from "./support.js";

const LIST = columnSpecs({ name: "list", vocabulary: { field: "list", minCount: 1, outOfVocabulary: 1, items: { kind: v1.ItemsSpec.Kind.LIST } } });
const DEPTHS = [1, 100, 101, 1000, 10_000, 100_000];
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

for (const [what, open, close] of [
  ["arrays", "[", "]"],
  ["objects", '{"a":', "1}"],
] as const) {
  test(`JSON of ${what} in one another, closed or not, is a row or a rejected one, at any depth and at once`, async (t) => {
    const dir = folder(t);
    for (const depth of DEPTHS) {
      const closed = what === "arrays" ? nested(open, close, depth) : `${open.repeat(depth)}1${"}".repeat(depth)}`;
      const rows = [`{"y":1,"deep":${closed},"list":[1]}`, `{"y":0,"list":[1],"deep":${open.repeat(depth)}}`, `{"y":0,"list":${closed}}`];
      const file = write(dir, "a.jsonl", `${['{"y":0,"list":["a"]}', ...rows, '{"y":1,"list":["b"]}'].join("\n")}\n`);
      const root = `${dir}/w${depth}`;
      const data = dataSpec({ format: "jsonl", maxRejected: 1, key: "deep" });
      const { read, rejected, rejects, manifest } = await run(root, { train: [file], data, columns: LIST });
      t.is(read, 5);
      const packs = await packRows(root, manifest, v1.Part.TRAIN);
      t.is(packs.reduce((sum, pack) => sum + pack.rows, 0) + rejected, 5);
      t.true((rejects["E_JSON"] ?? 0) >= 1, JSON.stringify(rejects));
      if (packs[0]!.rows === 4 || rejects["E_LIST"] === 1) t.true(packs[0]!.keys!.includes(closed));
    }
  });
}

test("a list text of CSV nested at any depth is rejected as no list", async (t) => {
  const dir = folder(t);
  for (const depth of DEPTHS.slice(1)) {
    const texts = [nested("[", "]", depth), "[".repeat(depth), `${'{""a"":'.repeat(depth)}1${"}".repeat(depth)}`];
    const file = write(dir, "a.csv", `y,list\n1,[1]\n0,[2]\n${texts.map((text) => `0,"${text}"\n`).join("")}`);
    const { read, rejected, rejects } = await run(`${dir}/w${depth}`, { train: [file], columns: LIST, data: dataSpec({ maxRejected: 1 }) });
    t.deepEqual([read, rejected, rejects], [5, 3, { E_LIST: 3 }], String(depth));
  }
});

test("a manifest whose message is cut, changed or nested is one clear error", async (t) => {
  const dir = folder(t);
  const given = { train: [write(dir, "a.csv", csvOf(rowsOf(60)))] };
  const { manifest } = await run(dir, given);
  const file = `${dir}/ingest/manifest.pb`;
  const { payload, version } = await readSealed(file, "IngestManifest", 100);
  const attempt = async (bytes: Uint8Array): Promise<string> => {
    await writeSealed(file, "IngestManifest", version, bytes);
    try {
      await readManifest(dir);
      return "read";
    } catch (thrown) {
      return thrown instanceof CrossbillError ? thrown.code : String(thrown);
    }
  };
  const codes = new Set<string>();
  for (let n = 0; n < payload.length; n += payload.length > 400 ? 7 : 1) codes.add(await attempt(payload.subarray(0, n)));
  // Fields that hold each other, fields longer than the buffer, groups, 2^31 - 1 and 2^63 bytes.
  for (const bytes of [
    Buffer.alloc(100_000, (4 << 3) | 3),
    Buffer.from([(4 << 3) | 2, 0xff, 0xff, 0xff, 0xff, 0x07, 1]),
    Buffer.from([(4 << 3) | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1]),
  ])
    t.is(await attempt(bytes), "E_MESSAGE_CORRUPT");
  t.true(
    [...codes].every((code) => code === "read" || code === "E_MESSAGE_CORRUPT"),
    [...codes].join(),
  );
  // A sound message with references that leave the folder.
  for (const uri of ["/etc/hostname", "../a.csv", "objects/../../a.csv", `${dir}/a.csv`, "a\0b"]) {
    const forged = v1.IngestManifest.decode(v1.IngestManifest.encode(manifest).finish());
    forged.partitions[0]!.packs[0]!.file.uri = uri;
    await writeSealed(file, "IngestManifest", version, encodeMessage(v1.IngestManifest, forged));
    await t.throwsAsync(run(dir, given), { code: "E_PATH" }, uri);
  }
});

/** Each message's bytes cut at every byte, and with each byte changed: decoded and used, or refused with a code. */
test("states and histories cut at any byte or with any byte changed are refused with a code or are what they say", async (t) => {
  const dir = folder(t);
  const { manifest } = await run(dir, { train: [write(dir, "a.csv", csvOf(rowsOf(30)))] });
  const state = encodeMessage(v1.FeatureState, manifest.state!);
  for (let n = 0; n < state.length; n++)
    t.notThrows(() => {
      try {
        decodeMessage(v1.FeatureState, state.subarray(0, n), "state");
      } catch (thrown) {
        if (!(thrown instanceof CrossbillError)) throw thrown;
      }
    });

  const spec = v1.HistorySpec.create({ name: "h", by: "u", of: "x", order: "t", last: 3 });
  const le = (array: BigUint64Array | Float64Array | Uint32Array): Uint8Array => new Uint8Array(array.buffer);
  const rows = v1.HistoryRows.create({
    histories: [
      v1.HistoryRowsOf.create({
        keys: le(BigUint64Array.of(1n, 1n, 2n)),
        orders: le(Float64Array.of(1, 2, 3)),
        values: le(Uint32Array.of(0, 1, 0xffffffff)),
        texts: v1.Texts.create({ bytes: Buffer.from("ab"), lengths: [1, 1] }),
      }),
    ],
  });
  const whole = encodeMessage(v1.HistoryRows, rows);
  const use = (bytes: Uint8Array): string => {
    try {
      mergeHistories([spec], [decodeMessage(v1.HistoryRows, bytes, "rows")]);
      return "merged";
    } catch (thrown) {
      return thrown instanceof CrossbillError ? thrown.code : `${String(thrown)} of ${Buffer.from(bytes).toString("hex")}`;
    }
  };
  t.is(use(whole), "merged");
  const seen = new Set<string>();
  for (let n = 0; n < whole.length; n++) seen.add(use(whole.subarray(0, n)));
  for (let n = 0; n < whole.length; n++)
    for (const flip of [1, 0x80, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[n]! ^= flip;
      seen.add(use(changed));
    }
  t.deepEqual(
    [...seen].filter((one) => !/^(merged|E_[A-Z_]+)$/.test(one)),
    [],
  );
});

test("a task whose message is nonsense is a failed task, not the end of its thread", async (t) => {
  const dir = folder(t);
  const executor = inlineExecutor({ handlers: [ingestHandlers], root: dir });
  t.teardown(() => executor.close());
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.constantFrom("ingest.scan", "ingest.fit", "ingest.encode"), async (params, step) => {
      const { makeTask } = await import("@crossbill/tasks");
      for await (const result of executor.run([makeTask({ step, params, inputs: [], build: "test" })])) {
        t.truthy(result.error);
        t.regex(result.error!.code, /^E_/);
      }
    }),
    { numRuns: 60, seed: 5 },
  );
  t.true(fs.existsSync(dir));
});
