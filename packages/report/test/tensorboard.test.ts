import { v1 } from "@crossbill/messages";
import { SIZE_BINS } from "@crossbill/numerics";
import { eventFile, type ReportJson, summarize } from "@crossbill/report";
import { crc32c } from "@crossbill/storage";
import test from "ava";
import { tensorboard } from "../gen/tensorboard.js";
import { exampleInput } from "./fixture.js";

/** Records of an event file; every length and checksum is checked by the slow definition. */
function recordsOf(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    for (const [bytes, stored] of [
      [file.subarray(at, at + 8), view.getUint32(at + 8, true)],
      [data, view.getUint32(at + 12 + length, true)],
    ] as const) {
      const turned = (BigInt(slowCrc(bytes)) >> 15n) | ((BigInt(slowCrc(bytes)) << 17n) & 0xffffffffn);
      if (Number((turned + 0xa282ead8n) & 0xffffffffn) !== stored) throw new Error(`checksum of the record at ${at}`);
    }
    records.push(data);
    at += length + 16;
  }
  return records;
}

function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const eventsOf = (json: ReportJson): tensorboard.Event[] => recordsOf(eventFile(json)).map((record) => tensorboard.Event.decode(record));
const example = (): ReportJson => summarize(exampleInput());

test("the framing is that of files which TensorBoard's own writer made", (t) => {
  // record_writer.RecordWriter of TensorBoard 2.22: the header event with wall_time 0.
  const header = "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129";
  t.is(Buffer.from(eventFile({ train: null, test: null, weights: null })).toString("hex"), header);
  t.is(slowCrc(Buffer.from("123456789")), 0xe3069283);
  t.is(crc32c(Buffer.from("123456789")), 0xe3069283);
});

test("layers of a network have scalars of their own", (t) => {
  const json = example();
  const layer = { name: "layer 2", units: 20, dead: 5, zeros: 0.5, saturated: 0, gradient: 0.125, weights: 3, updateRatio: 0.0625 };
  json.train!.curve[1]!.layers = [layer];
  const values = eventsOf(json).flatMap(({ step, summary }) => (summary?.value ?? []).map(({ tag, simpleValue }) => [step, tag, simpleValue] as const));
  const of = values.filter(([, tag]) => tag!.startsWith("layer 2/"));
  t.deepEqual(
    of.map(([, tag, value]) => [tag, value]),
    [
      ["layer 2/zeroFraction", 0.5],
      ["layer 2/deadFraction", 0.25],
      ["layer 2/saturated", 0],
      ["layer 2/gradient", 0.125],
      ["layer 2/weights", 3],
      ["layer 2/updateRatio", 0.0625],
    ],
  );
  t.true(of.every(([step]) => step === json.train!.curve[1]!.step));
});

test("what the layers of a network give, their gradients and parameters are histograms, by evaluation", (t) => {
  const sizes = (first: number, counts: number[]): v1.SizeCounts.$Properties => ({ first, counts });
  const layers = [{ name: "layer 1", activations: sizes(-1, [1, 6, 3]), gradients: sizes(SIZE_BINS - 1, [2, 5]), parameters: sizes(0, []) }];
  const curve = [{ step: 7, layers }].map((point) => v1.CurvePoint.decode(v1.CurvePoint.encode(point).finish()));
  const events = recordsOf(eventFile({ train: null, test: null, weights: null }, curve)).map((record) => tensorboard.Event.decode(record));
  t.is(events.length, 2);
  t.is(events[1]!.step, 7);
  const [activations, gradients, ...rest] = events[1]!.summary!.value!;
  t.deepEqual(rest, []);
  t.is(activations!.tag, "layer 1/activations");
  t.deepEqual(activations!.histo!.bucket, [1, 6, 3]);
  t.deepEqual(activations!.histo!.bucketLimit, [-(2 ** -30), 2 ** -30, 1.5 * 2 ** -30]);
  t.is(activations!.histo!.min, -1.5 * 2 ** -30);
  t.is(activations!.histo!.num, 10);
  t.is(activations!.histo!.sum, 2 * 1.25 * 2 ** -30);
  t.deepEqual([gradients!.tag, gradients!.histo!.min, gradients!.histo!.max], ["layer 1/gradients", 1.5 * 2 ** 31, 2 ** 33]);
});

test("the learning curve is there, step by step, with the numbers of report.json", (t) => {
  const json = example();
  const of = (tag: string): [number, number][] =>
    eventsOf(json).flatMap(({ step, summary }) =>
      (summary?.value ?? []).filter((value) => value.tag === tag).map((value) => [step, value.simpleValue!] as [number, number]),
    );
  const wanted = (name: "validationLoss" | "gradientNorm"): [number, number][] => json.train!.curve.map((point) => [point.step, Math.fround(point[name]!)]);
  t.true(json.train!.curve.length > 3);
  t.deepEqual(of("validation/loss"), wanted("validationLoss"));
  t.deepEqual(of("train/gradientNorm"), wanted("gradientNorm"));
  t.deepEqual(of("test/auc"), [[json.train!.bestStep, Math.fround(json.test!.auc!)]]);
  t.deepEqual(of("test/bias"), [[json.train!.bestStep, Math.fround(json.test!.bias.difference!)]]);
});

test("every time is 0 and equal reports give equal bytes", (t) => {
  t.true(eventsOf(example()).every(({ wallTime }) => wallTime === 0));
  t.deepEqual(eventFile(example()), eventFile(example()));
});

test("histograms hold every weight in its bucket", (t) => {
  const json = example();
  const found = eventsOf(json)
    .flatMap(({ summary }) => summary?.value ?? [])
    .find(({ tag }) => tag === "weights/nonZero")!.histo as tensorboard.HistogramProto;
  const { low, high, rows } = json.weights!.histogram!;
  t.deepEqual(found.bucket, rows);
  t.is(
    found.num,
    rows.reduce((a, b) => a + b),
  );
  t.deepEqual([found.min, found.max, found.bucketLimit.at(-1)], [low!, high!, high!]);
  t.true(found.bucketLimit.every((limit, i, all) => i === 0 || limit > all[i - 1]!));
});

test("the precision-recall curve counts at each threshold the rows at or above it", (t) => {
  // Scores 0.9 (1), 0.6 (0), 0.6 (1), 0.2 (0), weight 1 each.
  const json = {
    ...example().test!,
    weight: 4,
    positiveWeight: 2,
    roc: { thresholds: [null, 0.9, 0.6, 0.2], truePositiveRate: [0, 0.5, 1, 1], falsePositiveRate: [0, 0, 0.5, 1] },
  };
  const value = eventsOf({ ...example(), test: json })
    .flatMap(({ summary }) => summary?.value ?? [])
    .find(({ tag }) => tag === "test/precisionRecall")!;
  const metadata = value.metadata as tensorboard.SummaryMetadata;
  t.is(metadata.pluginData!.pluginName, "pr_curves");
  t.deepEqual({ ...tensorboard.PrCurvePluginData.decode(metadata.pluginData!.content!) }, { numThresholds: 201 });
  const { tensorContent } = value.tensor as tensorboard.TensorProto;
  const tensor = new Float32Array(Uint8Array.from(tensorContent).buffer);
  const at = (threshold: number): number[] => [0, 1, 2, 3, 4, 5].map((row) => tensor[row * 201 + Math.round(threshold * 200)]!);
  t.deepEqual(at(0), [2, 2, 0, 0, 0.5, 1]);
  t.deepEqual(at(0.2), [2, 2, 0, 0, 0.5, 1]);
  t.deepEqual(at(0.205), [2, 1, 1, 0, Math.fround(2 / 3), 1]);
  t.deepEqual(at(0.6), [2, 1, 1, 0, Math.fround(2 / 3), 1]);
  t.deepEqual(at(0.9), [1, 0, 2, 1, 1, 0.5]);
  t.deepEqual(at(1), [0, 0, 2, 2, 0, 0]);
});

test("undefined numbers leave no value, and an empty report has the header alone", (t) => {
  const test = { ...example().test!, auc: null, positiveWeight: null, histogram: null };
  const tags = eventsOf({ train: null, test, weights: null } as unknown as ReportJson).flatMap(({ summary }) => (summary?.value ?? []).map(({ tag }) => tag));
  t.false(tags.includes("test/auc"));
  t.false(tags.includes("test/precisionRecall"));
  t.true(tags.includes("test/logLoss"));
});
