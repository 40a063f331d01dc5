import fs from "node:fs";
import { v1 } from "@crossbill/messages";
import test from "ava";
import fc from "fast-check";
import { parseTime } from "../dist/parse-time.js";
import { compareCuts, fileCut, orderCut, partAt, type SplitCut, timeCut } from "../dist/split-cut.js";
import { TimeCounts } from "../dist/time-counts.js";
import { columnSpecs, csvOf, dataSpec, folder, hashes, packRows, rowsOf, run, write } from "./support.js";

const { TRAIN, VALIDATION, TEST } = v1.Part;
const PARTS = [TRAIN, VALIDATION, TEST];
const DAY = 86_400_000;
const none = Number.POSITIVE_INFINITY;
const countsOf = (times: readonly number[], most?: number): TimeCounts => {
  const counts = new TimeCounts(most);
  for (const time of times) counts.add(time);
  return counts;
};
const timeSplit = (validation: v1.TimePart.$Properties, test: v1.TimePart.$Properties) =>
  v1.TimeSplit.create({ field: "t", validation: v1.TimePart.create(validation), test: v1.TimePart.create(test) });

test("times are seconds, milliseconds or ISO 8601, in UTC where no offset is given", (t) => {
  const at = Date.UTC(2026, 2, 1, 12, 30, 15, 250);
  const day = Date.UTC(2026, 2, 1);
  for (const [text, time] of [
    ["0", 0],
    ["-1.5", -1500],
    ["1772368215", 1_772_368_215_000],
    ["1772368215.25", 1_772_368_215_250],
    ["1772368215250", 1_772_368_215_250],
    ["2026-03-01", day],
    ["20260301", day],
    [" 2026-03-01T12:30 ", day + 12.5 * 3_600_000],
    ["2026-03-01 12:30:15.2504", at],
    ["2026-03-01T12:30:15.250Z", at],
    ["2026-03-01T14:30:15.25+02:00", at],
    ["2026-03-01T14:30:15,25+02", at],
    ["2026-03-01T07:00:15.250-0530", at],
    ["0001-01-01", -62_135_596_800_000],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
  ] as const)
    t.is(parseTime(text), time, text);
  for (const text of [
    "",
    "x",
    "2026-02-29",
    "2026-13-01",
    "2026-03-01T24:00",
    "2026-03-01T10:60",
    "2026-03",
    "1e9",
    "NaN",
    "01/02/2026",
    "2026-03-01T1:00",
    "99999999999999999",
    "2026-03-01+02:00",
  ])
    t.is(parseTime(text), Number.NaN, text);
});

test("a day that a Date writes is read back (property)", (t) => {
  fc.assert(fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (time) => parseTime(new Date(time).toISOString()) === time));
  t.pass();
});

test("by order the last rows are for the test, those before them for validation", (t) => {
  t.deepEqual(orderCut(1000, { validation: 0.1, test: 0.2 }), { validationFrom: 700, testFrom: 800 });
  t.deepEqual(orderCut(5, { validation: 0.1, test: 0.1 }), { validationFrom: 3, testFrom: 4 });
  t.deepEqual(orderCut(10, { validation: 0.5, test: 0 }), { validationFrom: 5, testFrom: none });
  t.deepEqual(orderCut(10, { validation: 0, test: 0.3 }), { validationFrom: none, testFrom: 7 });
});

test("by time a share takes whole times, days are of UTC", (t) => {
  const times = [0, 1, 2, 3, 4, 5, 5, 5, 8, 9];
  t.deepEqual(timeCut(countsOf(times), timeSplit({ share: 0.2 }, { share: 0.2 })), { validationFrom: 5, testFrom: 8 });
  t.deepEqual(timeCut(countsOf(times), timeSplit({ share: 0 }, { share: 0.3 })), { validationFrom: none, testFrom: 5 });
  const days = [0, 0.5, 1, 1.9, 3, 3.2].map((day) => day * DAY);
  t.deepEqual(timeCut(countsOf(days), timeSplit({ days: 1 }, { days: 1 })), { validationFrom: 2 * DAY, testFrom: 3 * DAY });
  t.deepEqual(timeCut(countsOf(days), timeSplit({ share: 0.3 }, { days: 2 })), { validationFrom: DAY, testFrom: 2 * DAY });
  t.deepEqual(timeCut(countsOf([]), timeSplit({ days: 1 }, { days: 1 })), { validationFrom: none, testFrom: none });
});

test.serial("a cut by time puts no earlier row behind a later one, equal times together, and at least the share behind it (property)", (t) => {
  const share = fc.double({ min: 0, max: 0.45, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 80 }), share, share, (times, validation, held) => {
      const cut = timeCut(countsOf(times), timeSplit({ share: validation }, { share: held }));
      const parts = times.map((time) => partAt(time, cut));
      const ordered = times.every((a, i) => times.every((b, j) => (a < b ? parts[i]! <= parts[j]! : a !== b || parts[i] === parts[j])));
      const rows = (part: v1.Part): number => parts.filter((one) => one === part).length;
      const left = times.length - rows(TEST);
      return ordered && rows(TEST) >= Math.round(held * times.length) && rows(VALIDATION) >= Math.min(left, Math.round(validation * times.length));
    }),
  );
  t.pass();
});

test.serial("counts of times do not depend on how shards are cut, in which order they merge, or what came first (property)", (t) => {
  const times = fc.array(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1e13, max: 1e13 })), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.array(fc.nat(60), { maxLength: 5 }), fc.integer({ min: 2, max: 20 }), (all, cuts, most) => {
      const bounds = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
      const shards = bounds.slice(1).map((end, i) => countsOf(all.slice(bounds[i], end), most).toMessage());
      const merged = new TimeCounts(most);
      for (const shard of shards.reverse()) merged.merge(shard);
      const whole = countsOf(all, most);
      const buckets = whole.buckets();
      const rows = buckets.reduce((sum, bucket) => sum + bucket.rows, 0);
      return (
        Buffer.from(v1.TimeCounts.encode(merged.toMessage()).finish()).equals(Buffer.from(v1.TimeCounts.encode(whole.toMessage()).finish())) &&
        rows === all.length &&
        buckets.length <= most &&
        all.every((time) => buckets.some(({ from }) => from <= time && time < from + whole.resolution)) &&
        (whole.resolution === 1 || new Set(all.map((time) => Math.floor(time / (whole.resolution / 2)))).size > most)
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("a cut of one file says the same of its rows as the whole one, and no more (property)", (t) => {
  const at = fc.oneof(fc.integer({ min: -5, max: 15 }), fc.constant(none));
  fc.assert(
    fc.property(at, at, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 5, max: 10 }), (a, b, least, most) => {
      const whole: SplitCut = { validationFrom: a < b ? a : none, testFrom: b };
      const cut = fileCut(whole, least, most);
      const rows = Array.from({ length: most - least + 1 }, (_, i) => least + i);
      const other = fileCut({ validationFrom: whole.validationFrom, testFrom: b > most ? b + 1 : b }, least, most);
      return rows.every((row) => partAt(row, cut) === partAt(row, whole)) && compareCuts(cut, other) === "same";
    }),
  );
  t.is(compareCuts({ validationFrom: 5, testFrom: 8 }, { validationFrom: 6, testFrom: 8 }), "forward");
  t.is(compareCuts({ validationFrom: 5, testFrom: 8 }, { validationFrom: none, testFrom: none }), "forward");
  t.is(compareCuts({ validationFrom: none, testFrom: none }, { validationFrom: none, testFrom: 8 }), "back");
});

/** Keys of each part's rows, in order. */
async function keysOf(root: string, manifest: v1.IngestManifest): Promise<(string | null)[][]> {
  return Promise.all(PARTS.map(async (part) => (await packRows(root, manifest, part)).flatMap(({ keys }) => [...keys!])));
}
const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `r${from + i}`);
const rows = (from: number, to: number, time: (i: number) => string = String): string =>
  `y,x,site,id,t\n${Array.from({ length: to - from }, (_, k) => from + k)
    .map((i) => `${i % 3 === 0 ? 1 : 0},${i % 7},s${Math.floor(i / 10)},r${i},${time(i)}\n`)
    .join("")}`;
const LEARNED = columnSpecs({ name: "x", numeric: { field: "x" } }, { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } });
const HASHED = columnSpecs({ name: "x", numeric: { field: "x", scale: v1.NumericSpec.Scale.NONE } }, { name: "site", hashed: { field: "site", buckets: 64 } });
const byOrder = dataSpec({ key: "id", split: { order: { validation: 0.1, test: 0.2 } } });
const seconds = (i: number): string => String(1_770_000_000 + 3600 * i);

test("by order the rows of all training files are one row of rows, whatever ranges and passes", async (t) => {
  const dir = folder(t);
  const train = [write(dir, "a.csv", rows(0, 60)), write(dir, "b.csv", rows(60, 75)), write(dir, "c.csv", rows(75, 100))];
  for (const columns of [LEARNED, HASHED])
    for (const rangeBytes of [100, 2 ** 20]) {
      const root = `${dir}/work-${rangeBytes}-${columns === HASHED}`;
      const { manifest } = await run(root, { train, data: byOrder, columns, rangeBytes });
      t.deepEqual(await keysOf(root, manifest), [names(0, 70), names(70, 80), names(80, 100)]);
      t.like(manifest.split, { cut: { validationFrom: 70, testFrom: 80 }, train: 70, validation: 10, test: 20 });
      t.is(manifest.state.rows, 70);
    }
});

test("by time the latest rows are held out, however they are ordered, and a row without a time is rejected", async (t) => {
  const dir = folder(t);
  const order = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
  const lines = rows(0, 100, (i) => new Date((1_770_000_000 + 3600 * i) * 1000).toISOString()).split("\n");
  const mixed = [lines[0], ...order.map((i) => lines[1 + i]), "1,2,s0,bad,yesterday", "1,2,s0,empty,"].join("\n");
  const root = `${dir}/work`;
  const data = dataSpec({ key: "id", maxRejected: 0.02, split: { time: { field: "t", validation: { share: 0.1 }, test: { share: 0.2 } } } });
  const { manifest, rejects, rejectsFile } = await run(root, { train: [write(dir, "a.csv", mixed)], data, columns: LEARNED, rangeBytes: 300 });
  const sorted = (await keysOf(root, manifest)).map((keys) => keys.map((key) => Number(key!.slice(1))).sort((a, b) => a - b));
  t.deepEqual(
    sorted,
    [names(0, 70), names(70, 80), names(80, 100)].map((keys) => keys.map((key) => Number(key.slice(1)))),
  );
  t.deepEqual(rejects, { E_TIME: 2 });
  t.regex(fs.readFileSync(rejectsFile!, "utf8"), /not a time \(seconds or milliseconds since 1970, or ISO 8601[^"]*\): \\"yesterday\\"/);
  t.like(manifest.split, { cut: { testFrom: (1_770_000_000 + 3600 * 80) * 1000 }, resolution: 1, train: 70, validation: 10, test: 20 });
});

test("the last days are held out", async (t) => {
  const dir = folder(t);
  const root = `${dir}/work`;
  const data = dataSpec({ key: "id", split: { time: { field: "t", validation: { days: 1 }, test: { days: 1 } } } });
  const { manifest } = await run(root, {
    train: [
      write(
        dir,
        "a.csv",
        rows(0, 50, (i) => `2026-03-${10 + Math.floor(i / 10)}`),
      ),
    ],
    data,
    columns: LEARNED,
  });
  t.deepEqual(await keysOf(root, manifest), [names(0, 30), names(30, 40), names(40, 50)]);
});

for (const [name, columns] of [
  ["learned", LEARNED],
  ["hashed", HASHED],
] as const)
  test(`a night moves the cut on: ${name} columns learn from yesterday's test rows, once, and only packs whose rows change are made again`, async (t) => {
    const dir = folder(t);
    const data = dataSpec({ key: "id", split: { time: { field: "t", validation: { days: 1 }, test: { days: 1 } } } });
    const day = (k: number): string =>
      write(
        dir,
        `${k}.csv`,
        rows(100 * k, 100 * k + 100, (i) => `2026-03-${10 + Math.floor(i / 100)}`),
      );
    const files = [0, 1, 2, 3].map(day);
    const root = `${dir}/work`;
    const first = await run(root, { train: files.slice(0, 3), data, columns });
    t.deepEqual(await keysOf(root, first.manifest), [names(0, 100), names(100, 200), names(200, 300)]);
    const second = await run(root, { train: files, data, columns });
    t.is(second.anew, null);
    t.deepEqual(await keysOf(root, second.manifest), [names(0, 200), names(200, 300), names(300, 400)]);
    t.is(second.read, 100);
    t.is(second.manifest.state.rows, 200, "each training row is learned from once");
    t.deepEqual(second.manifest.partitions[0], first.manifest.partitions[0], "what does not change is not touched");
    t.is(second.manifest.nightsSinceRefit, 1);
    const again = await run(root, { train: files, data, columns });
    t.true(again.skipped);
    const anew = await run(`${dir}/anew`, { train: files, data, columns });
    t.is(anew.manifest.state.rows, 200);
    t.deepEqual(await keysOf(`${dir}/anew`, anew.manifest), await keysOf(root, second.manifest));
    t.deepEqual(second.manifest.split, anew.manifest.split);
  });

test("a cut that moves back ingests everything anew: no row that was learned from is measured on", async (t) => {
  const dir = folder(t);
  const data = dataSpec({ key: "id", split: { time: { field: "t", validation: { share: 0.1 }, test: { share: 0.2 } } } });
  const late = write(dir, "b.csv", rows(100, 200, seconds));
  const root = `${dir}/work`;
  await run(root, { train: [late], data, columns: LEARNED });
  const early = write(dir, "a.csv", rows(0, 100, seconds));
  const after = await run(root, { train: [early, late], data, columns: LEARNED });
  t.regex(after.anew!, /the split moved back: training rows of b\.csv/);
  t.deepEqual(await keysOf(root, after.manifest), [names(0, 140), names(140, 160), names(160, 200)]);
  t.deepEqual(hashes(after), hashes(await run(`${dir}/anew`, { train: [early, late], data, columns: LEARNED })));
});

test("by order with a window the part of each row is that of the files that are left", async (t) => {
  const dir = folder(t);
  const files = [0, 1, 2].map((k) => write(dir, `${k}.csv`, rows(100 * k, 100 * k + 100)));
  const root = `${dir}/work`;
  const given = { data: byOrder, columns: LEARNED, nights: { window: 2, refitEveryNights: 0 } };
  const first = await run(root, { train: files.slice(0, 2), ...given });
  t.deepEqual(await keysOf(root, first.manifest), [names(0, 140), names(140, 160), names(160, 200)]);
  const second = await run(root, { train: files, ...given });
  t.is(second.anew, null);
  t.deepEqual(await keysOf(root, second.manifest), [names(100, 240), names(240, 260), names(260, 300)]);
  t.is(second.manifest.state.rows, 240);
});

test.serial("by hash a key is always in the same part, whatever else there is (property)", async (t) => {
  const dir = folder(t);
  let n = 0;
  const data = dataSpec({ key: "site", split: { hash: { field: "site", validation: 0.2, test: 0.2 } } });
  const known = new Map<string, v1.Part>();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { minLength: 30, maxLength: 60 }), fc.integer({ min: 30, max: 200 }), async (users, rangeBytes) => {
      const lines = rowsOf(users.length).map((line, i) => line.replace(/,s[^,]*,/, `,k${users[i]},`));
      const { manifest } = await run(`${dir}/work${n}`, { train: [write(dir, `${n++}.csv`, csvOf(lines))], data, columns: HASHED.slice(1), rangeBytes });
      for (const [part, keys] of (await keysOf(`${dir}/work${n - 1}`, manifest)).entries())
        for (const key of keys) {
          if ((known.get(key!) ?? part) !== part) return false;
          known.set(key!, part);
        }
      return true;
    }),
    { numRuns: 15, seed: 5 },
  );
  t.is(new Set(known.values()).size, 3);
});
