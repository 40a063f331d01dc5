import fs from "node:fs";
import { CrossbillError, v1 } from "@crossbill/messages";
import test from "ava";
import { columnSpecs, dataSpec, folder, packRows, run, write } from "./support.js";

/** Packs hold numbers as they were read, before the clip. */
const X = columnSpecs({ name: "x", numeric: { field: "x", clipLow: -10, clipHigh: 10 } });
const sorted = (texts: readonly string[]): string[] => [...texts].sort();
const filler = Array.from({ length: 40 }, (_, i) => `${i % 2},1`);

/** Texts, and the number that they are; null: none. */
const numbers: [string, number | null][] = [
  ["NaN", null],
  ["nan", null],
  ["Infinity", null],
  ["-inf", null],
  ["1e308", 1e308],
  ["1e309", null],
  ["1e400", null],
  ["-1e400", null],
  ["1e-320", 1e-320],
  ["1e-400", 0],
  ["-0", -0],
  ["1,5", null],
  ["0x10", null],
  ["0b1", null],
  ["1_000", null],
  ["１２", null],
  ["٣", null],
  ["1e", null],
  [".", null],
  ["-", null],
  ["1 2", null],
  ["9007199254740993", 9007199254740992],
  ["123456789012345678901234567890e-270", 1.2345678901234568e-241],
  ["0.1000000000000000055511151231257827021181583404541015625", 0.1],
  [`${"0".repeat(400)}7`, 7],
  [`0.${"0".repeat(400)}1`, 0],
  [`1${"0".repeat(400)}e-400`, 1],
];
for (const [text, number] of numbers) {
  test(`${text.length > 40 ? `${text.slice(0, 40)}...` : text} is ${number === null ? "no number: the row is rejected" : Object.is(number, -0) ? "-0" : number}`, async (t) => {
    const dir = folder(t);
    const csv = write(dir, "a.csv", `y,x\n${filler.join("\n")}\n1,"${text}"\n`);
    const jsonl = write(dir, "a.jsonl", `${filler.map((line) => `{"y":${line[0]},"x":1}`).join("\n")}\n{"y":1,"x":${JSON.stringify(text)}}\n`);
    for (const [file, format] of [
      [csv, "csv"],
      [jsonl, "jsonl"],
    ] as const) {
      const { read, rejected, rejects, manifest } = await run(`${dir}/${format}`, { train: [file], columns: X, data: dataSpec({ format, maxRejected: 0.1 }) });
      t.is(read, 41);
      t.is(rejected, number === null ? 1 : 0);
      t.deepEqual(rejects, number === null ? { E_NUMBER: 1 } : {});
      const [pack] = await packRows(`${dir}/${format}`, manifest, v1.Part.TRAIN);
      if (number !== null) t.is(pack!.numbers.get("x")!.at(-1), number);
    }
  });
}

test("integers beyond 2^53 are categories, keys, slices and list items of all their digits", async (t) => {
  const dir = folder(t);
  const ids = ["9007199254740992", "9007199254740993", "18446744073709551615", "18446744073709551616", "-9223372036854775808"];
  const rows = Array.from({ length: 40 }, (_, i) => ids[i % ids.length]!);
  const csv = write(dir, "a.csv", `y,id,list\n${rows.map((id, i) => `${i % 2},${id},"[${id},1]"\n`).join("")}`);
  const jsonl = write(dir, "a.jsonl", rows.map((id, i) => `{"y":${i % 2},"id":${id},"list":[${id},1]}\n`).join(""));
  const columns = columnSpecs(
    { name: "id", vocabulary: { field: "id", minCount: 1, outOfVocabulary: 1 } },
    { name: "list", vocabulary: { field: "list", minCount: 1, outOfVocabulary: 1, items: { kind: v1.ItemsSpec.Kind.LIST } } },
  );
  for (const [file, format] of [
    [csv, "csv"],
    [jsonl, "jsonl"],
  ] as const) {
    const data = dataSpec({ format, key: "id", slices: ["id"], split: { index: { every: 2, test: [0] } } });
    // Each part has one class: the label is of its own row.
    data.label = v1.LabelSpec.create({ field: "y", number: true });
    const { manifest, rejected } = await run(`${dir}/${format}`, { train: [file], columns, data });
    t.is(rejected, 0);
    const values = (name: string): string[] => {
      const { bytes, lengths } = manifest.state!.states.find((one) => one.name === name)!.vocabulary!.values!;
      let at = 0;
      return sorted(lengths.map((length) => Buffer.from(bytes.subarray(at, (at += length))).toString()));
    };
    t.deepEqual(values("id"), sorted(ids));
    t.deepEqual(values("list"), sorted([...ids, "1"]));
    const [pack] = await packRows(`${dir}/${format}`, manifest, v1.Part.TEST);
    t.deepEqual(
      pack!.keys,
      rows.filter((_, i) => i % 2 === 0),
    );
    t.deepEqual(pack!.slices.get("id"), pack!.keys);
  }
});

test("numbers whose sum is beyond float64 are fitted to finite moments, or refused", async (t) => {
  const dir = folder(t);
  const file = write(dir, "a.csv", `y,x\n${Array.from({ length: 40 }, (_, i) => `${i % 2},${i % 3 === 0 ? "-1.7e308" : "1.7e308"}\n`).join("")}`);
  const { STANDARDIZE, MINMAX, LOG1P } = v1.NumericSpec.Scale;
  for (const numeric of [
    { scale: STANDARDIZE },
    { scale: MINMAX },
    { scale: LOG1P },
    { scales: [STANDARDIZE], robust: true },
    { scale: STANDARDIZE, outliers: v1.NumericSpec.Outliers.TO_BOUND },
  ]) {
    const ended = await run(`${dir}/w${JSON.stringify(numeric).length}`, {
      train: [file],
      columns: columnSpecs({ name: "x", numeric: { field: "x", ...numeric } }),
    }).catch((thrown: unknown) => thrown);
    if (ended instanceof Error) {
      t.true(ended instanceof CrossbillError, String(ended.stack));
      t.not((ended as CrossbillError).code, "E_INTERNAL");
      t.regex(ended.message, /x/);
      continue;
    }
    const { manifest } = ended as Awaited<ReturnType<typeof run>>;
    const text = JSON.stringify(manifest.state, (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? "NOT FINITE" : value));
    t.false(text.includes("NOT FINITE"), `${JSON.stringify(numeric)}: ${text.slice(0, 400)}`);
  }
});

const labels: [string, string[], Record<string, number>][] = [
  ["2, -1, nothing, yes and NaN", ["2", "-1", "", "yes", "NaN"], { E_LABEL_EMPTY: 1, E_LABEL_VALUE: 4 }],
  ["1.0, 01, true and a space", ["1.0", "01", "true", " 1"], { E_LABEL_VALUE: 4 }],
];
for (const [what, bad, rejects] of labels) {
  test(`labels of a binary task: ${what} are refused with counts and the first lines`, async (t) => {
    const dir = folder(t);
    const file = write(dir, "a.csv", `x,y\n${filler.map((line) => `1,${line[0]}\n`).join("")}${bad.map((label) => `1,${label}\n`).join("")}`);
    const error = await t.throwsAsync(run(`${dir}/w`, { train: [file], columns: X }), { code: "E_TOO_MANY_REJECTS" });
    for (const [code, rows] of Object.entries(rejects)) t.true(error!.message.includes(`${code} ${rows}`), error!.message);
    t.regex(error!.message, /a\.csv:42: /);
    const kept = await run(`${dir}/w`, { train: [file], columns: X, data: dataSpec({ maxRejected: 0.5 }) });
    t.deepEqual([kept.read, kept.rejected], [40 + bad.length, bad.length]);
    t.deepEqual(kept.rejects, rejects);
    const packs = await packRows(`${dir}/w`, kept.manifest, v1.Part.TRAIN);
    t.is(
      packs.reduce((sum, pack) => sum + pack.rows, 0),
      40,
    );
  });
}

test("labels of a regression must be finite numbers", async (t) => {
  const dir = folder(t);
  const file = write(
    dir,
    "a.csv",
    `x,y\n${filler.map((line) => `1,${line}\n`.replace(",1\n", "\n")).join("")}${["NaN", "Infinity", "-Infinity", "1e400", "", "x", "-1e308"].map((y) => `1,${y}\n`).join("")}`,
  );
  const kept = await run(`${dir}/w`, { train: [file], columns: X, data: dataSpec({ label: { field: "y", number: true }, maxRejected: 0.5 }) });
  t.deepEqual([kept.read, kept.rejected, kept.rejects], [47, 6, { E_LABEL_EMPTY: 1, E_LABEL_VALUE: 5 }]);
});

test("weights must be finite and at least 0, and not all 0", async (t) => {
  const dir = folder(t);
  const odd = ["-1", "NaN", "Infinity", "1e400", "", "x", "-0", "1e10", "0"];
  const text = (weights: readonly string[]): string => `x,y,w\n${weights.map((w, i) => `1,${i % 2},${w}\n`).join("")}`;
  const file = write(dir, "a.csv", text([...filler.map(() => "1"), ...odd]));
  const kept = await run(`${dir}/w`, { train: [file], columns: X, data: dataSpec({ weight: "w", maxRejected: 0.5 }) });
  t.deepEqual([kept.read, kept.rejected, kept.rejects], [49, 6, { E_WEIGHT: 6 }]);
  const lines = fs.readFileSync(kept.rejectsFile!, "utf8").trim().split("\n");
  t.deepEqual(
    lines.map((line) => (JSON.parse(line) as { line: number }).line),
    [42, 43, 44, 45, 46, 47],
  );
  const swallowed = write(dir, "s.csv", text([...filler.map(() => "1"), "1", "1e300"]));
  const error = await t.throwsAsync(run(`${dir}/s`, { train: [swallowed], columns: X, data: dataSpec({ weight: "w" }) }), { code: "E_ONE_CLASS" });
  t.regex(error!.message, /all the weight \(1e\+300, field "w"\) of the 42 training rows is on positive labels/);
  const zeros = write(dir, "b.csv", text(filler.map(() => "0")));
  await t.throwsAsync(run(`${dir}/z`, { train: [zeros], columns: X, data: dataSpec({ weight: "w" }) }), { code: "E_WEIGHT" });
  const huge = write(dir, "c.csv", text(filler.map(() => "1.7e308")));
  await t.throwsAsync(run(`${dir}/h`, { train: [huge], columns: X, data: dataSpec({ weight: "w" }) }), { code: "E_WEIGHT" });
});
