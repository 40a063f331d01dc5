import fs from "node:fs";
import path from "node:path";
import { CrossbillError, encodeMessage, v1 } from "@crossbill/messages";
import { readSealed, sha256Hex, writeSealed } from "@crossbill/storage";
import test from "ava";
import { modelSha256 } from "../../dist/digest.js";
import { loadModel, type ModelContent, type NetworkWeights, saveModel } from "../../dist/index.js";
import { MODEL_FORMAT, MODEL_KIND } from "../../dist/model-files.js";
import { decodeNetwork, encodeNetwork, type FileTensor } from "../../dist/network/network-file.js";
import { saved, temporary } from "../example.js";
import { DEEP, FACTORIZED, table } from "./example.js";
import { networkContent } from "./example-model.js";

const { content } = networkContent({ ...DEEP, tables: [table("site", 5), table("user", 3)] });

async function codeOf(dir: string): Promise<string> {
  try {
    await loadModel(dir);
    return "loaded";
  } catch (thrown) {
    return thrown instanceof CrossbillError ? thrown.code : `no code: ${String(thrown)}`;
  }
}

function copyOf(dir: string): string {
  const copy = path.join(temporary(), "model");
  fs.cpSync(dir, copy, { recursive: true });
  return copy;
}

test("a network comes back as it was saved, in a file of its own", async (t) => {
  const dir = await saved(content);
  t.deepEqual(fs.readdirSync(dir).sort(), ["model.pb", "network.arrow", "weights.arrow"]);
  const model = await loadModel(dir);
  t.deepEqual(model.network?.weights, content.network);
  t.deepEqual(model.files, ["model.pb", "weights.arrow", "network.arrow"]);
  t.is(
    model.bytes,
    fs.readdirSync(dir).reduce((sum, file) => sum + fs.statSync(path.join(dir, file)).size, 0),
  );
});

test("equal networks give equal bytes, other numbers another sha256", async (t) => {
  const [a, b] = [await saved(content), await saved(content)];
  for (const file of fs.readdirSync(a)) t.deepEqual(fs.readFileSync(path.join(a, file)), fs.readFileSync(path.join(b, file)));
  const dense = content.network!.dense.slice();
  dense[3] = dense[3]! + 1;
  const other = await loadModel(await saved({ ...content, network: { ...content.network!, dense } }));
  t.not(other.sha256, (await loadModel(a)).sha256);
});

test("where vectors came from is part of the model, how that model was named is not", async (t) => {
  const shaOf = async (model: string, modelSha256_: string): Promise<string> => {
    const from = { model, table: "site", modelSha256: modelSha256_ };
    const made = networkContent({ ...DEEP, tables: [table("site", 5, { from }), table("user", 3)] });
    return (await loadModel(await saved(made.content))).sha256;
  };
  t.is(await shaOf("../other/model", "ab"), await shaOf("current", "ab"));
  t.not(await shaOf("current", "ab"), await shaOf("current", "cd"));
});

test("every flipped bit, every cut, every added byte and every missing file is refused with a code", async (t) => {
  const dir = copyOf(await saved(content));
  for (const file of fs.readdirSync(dir)) {
    const target = path.join(dir, file);
    const whole = fs.readFileSync(target);
    const expect = async (bytes: Uint8Array, codes: readonly string[], what: string) => {
      fs.writeFileSync(target, bytes);
      const code = await codeOf(dir);
      if (!codes.includes(code)) t.fail(`${file}, ${what}: ${code}`);
    };
    for (let k = 0; k < 200; k++) {
      const at = Math.floor((k * 7919) % whole.length);
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (k & 7);
      await expect(flipped, ["E_CORRUPT", "E_NEWER_VERSION"], `bit ${k & 7} of byte ${at}`);
    }
    for (let k = 0; k < 20; k++) await expect(whole.subarray(0, Math.floor((k * whole.length) / 20)), ["E_CORRUPT"], `cut ${k}`);
    await expect(Buffer.concat([whole, Buffer.from("x")]), ["E_CORRUPT"], "a byte more");
    fs.rmSync(target);
    t.is(await codeOf(dir), "E_FILE_MISSING");
    fs.writeFileSync(target, whole);
  }
  t.is(await codeOf(dir), "loaded");
});

/** The model with other tensors, or a changed message, by a writer that keeps all checksums right. */
async function forged(change: (tensors: FileTensor[]) => readonly FileTensor[], and: (message: v1.Model) => void = () => undefined): Promise<string> {
  const dir = copyOf(await saved(content));
  const { payload } = await readSealed(path.join(dir, "model.pb"), MODEL_KIND, MODEL_FORMAT);
  const message = v1.Model.decode(payload);
  const bytes = encodeNetwork(change(decodeNetwork(fs.readFileSync(path.join(dir, "network.arrow")), "network.arrow")), () => null);
  fs.writeFileSync(path.join(dir, "network.arrow"), bytes);
  message.networkBytes = bytes.length;
  message.networkSha256 = sha256Hex(bytes);
  and(message);
  message.sha256 = modelSha256(message, fs.readFileSync(path.join(dir, "weights.arrow")));
  await writeSealed(path.join(dir, "model.pb"), MODEL_KIND, MODEL_FORMAT, encodeMessage(v1.Model, message));
  return dir;
}

test("a sound container with a network that does not fit the model is refused before anything is predicted", async (t) => {
  const first = (tensors: readonly FileTensor[], change: (tensor: FileTensor) => Partial<FileTensor>): FileTensor[] => [
    { ...tensors[0]!, ...change(tensors[0]!) },
    ...tensors.slice(1),
  ];
  const forgeries: [(tensors: FileTensor[]) => readonly FileTensor[], ((message: v1.Model) => void)?][] = [
    [(all) => all.slice(0, -1)],
    [(all) => [...all, { name: "layer 9/weights", width: 1, ids: Uint32Array.of(0), values: Float32Array.of(1) }]],
    [(all) => first(all, ({ ids }) => ({ ids: ids.map((id) => id + 900) }))],
    [(all) => first(all, ({ ids }) => ({ ids: ids.map(() => 3) }))],
    [(all) => first(all, ({ values }) => ({ values: values.map((x, i) => (i === 7 ? Number.NaN : x)) }))],
    [(all) => first(all, ({ ids, values }) => ({ width: 1, values: values.subarray(0, ids.length) }))],
    [(all) => first(all, ({ values }) => ({ values: values.map((x, i) => (i === 7 ? 0 : x)) }))],
    [(all) => all.map((one) => (one.name.endsWith("variance") ? { ...one, values: one.values.map(() => -1) } : one))],
    [(all) => all, (m) => (m.parameters += 1)],
    [(all) => all, (m) => (m.networkScale = -1)],
    [(all) => all, (m) => (m.networkScale = Number.NaN)],
    [(all) => all, (m) => (m.networkScale = Number.POSITIVE_INFINITY)],
    [(all) => all, (m) => (m.spec.network!.tower!.hidden[0]!.units = 5)],
    [(all) => all, (m) => (m.spec.network!.tables[0]!.dimension = 4)],
    [(all) => all, (m) => (m.spec.network!.linear = ["site"])],
    [(all) => all, (m) => (m.spec.network!.kind = 9 as v1.NetworkSpec.Kind)],
    [(all) => all, (m) => (m.state.columns = m.state.columns.filter(({ name }) => name !== "user"))],
  ];
  for (const [i, [change, and]] of forgeries.entries()) t.is(await codeOf(await forged(change, and)), "E_MODEL_INVALID", `forgery ${i}`);
  t.is(await codeOf(await forged((all) => all)), "loaded");
});

test("what does not fit its specification, or is not finite, is not saved", async (t) => {
  const network = content.network!;
  const codes: [`E_${string}`, Partial<ModelContent>][] = [
    ["E_MODEL_PLACEMENT", { network: null }],
    ["E_MODEL_PLACEMENT", { network: { ...network, dense: network.dense.subarray(1) } }],
    ["E_MODEL_PLACEMENT", { network: { ...network, tables: network.tables.slice(1) } }],
    ["E_MODEL_PLACEMENT", { network: { ...network, tables: network.tables.map((one) => ({ ...one, ids: one.ids.slice().reverse() })) } }],
    ["E_MODEL_PLACEMENT", { weights: content.weights.map(() => 1) }],
    ["E_DIVERGED", { networkScale: 0 }],
    ["E_DIVERGED", { networkScale: Number.POSITIVE_INFINITY }],
    ["E_DIVERGED", { networkScale: Number.NaN }],
    ["E_DIVERGED", { network: { ...network, dense: network.dense.map((x, i) => (i === 5 ? Number.POSITIVE_INFINITY : x)) } }],
    ["E_DIVERGED", { network: { ...network, tables: network.tables.map((one) => ({ ...one, vectors: one.vectors.map(() => Number.NaN) })) } }],
  ];
  for (const [code, change] of codes) {
    const thrown = await t.throwsAsync(saveModel(path.join(temporary(), "model"), { ...content, ...change }), { instanceOf: CrossbillError });
    t.is(thrown?.code, code);
  }
});

test("what is not seen is left out of the state: values without a vector, and columns that nothing reads", async (t) => {
  const tables = [
    { name: "site", ids: Uint32Array.of(3), vectors: new Float32Array(5).fill(1) },
    content.network!.tables[1]!,
  ] satisfies NetworkWeights["tables"];
  const weights = content.weights.map(() => 0);
  const model = await loadModel(await saved({ ...content, weights, network: { ...content.network!, tables } }));
  t.deepEqual(
    model.columns.map(({ placed }) => placed.name),
    ["age", "price", "site", "user"],
  );
  t.deepEqual(
    model.state.columns.map(({ name }) => name),
    ["age", "price", "site", "user"],
  );
  t.is(model.state.states.find(({ name }) => name === "site")!.vocabulary!.values.lengths.length, 1);
  const unseen = await loadModel(await saved(networkContent(FACTORIZED).content));
  t.deepEqual(
    unseen.columns.map(({ placed }) => placed.name),
    ["age", "site", "hour"],
  );
});
