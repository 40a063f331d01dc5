import { crossedId, fingerprint64, hashedId } from "@crossbill/kernels";
import { v1 } from "@crossbill/messages";
import { inlineExecutor } from "@crossbill/tasks";
import test from "ava";
import { findCollisions } from "../dist/audit/collision-harm.js";
import { KeyTable } from "../dist/audit/key-table.js";
import { auditCollisions, type ColumnAudit, ingestHandlers } from "../dist/index.js";
import { columnSpecs, dataSpec, folder, run, write } from "./support.js";

const COLUMNS = columnSpecs(
  { name: "hashedUser", hashed: { field: "user", buckets: 16 } },
  { name: "site", vocabulary: { field: "site", minCount: 1, outOfVocabulary: 1 } },
  { name: "both", crossed: { inputs: ["site", "user"], buckets: 64, salt: 3 } },
  { name: "words", hashed: { field: "words", buckets: 8, items: { kind: v1.ItemsSpec.Kind.WORDS } } },
);

/** User u2k clicks always but one time in ten, u2k+1 seldom. */
const ROWS = Array.from({ length: 4000 }, (_, i) => {
  const user = i % 40;
  const often = user % 2 === 0;
  const clicked = (i / 40) % 10 < 1 ? !often : often;
  return { y: clicked ? "1" : "0", user: i % 97 === 0 ? "" : `u${user}`, site: `s${i % 3}`, words: `w${i % 5} w${i % 7}` };
});

async function audit(t: Parameters<typeof folder>[0], salts: number, rangeBytes: number): Promise<ColumnAudit[]> {
  const root = folder(t);
  const file = write(root, "a.csv", `y,user,site,words\n${ROWS.map((row) => Object.values(row).join(",")).join("\n")}\n`);
  const { manifest } = await run(root, { train: [file], columns: COLUMNS, rangeBytes });
  const executor = inlineExecutor({ handlers: [ingestHandlers], root });
  const files = { train: [file], validation: [], test: [] };
  const nights = { window: 0, refitEveryNights: 0 };
  return auditCollisions({ root, build: "test", files, data: dataSpec(), columns: COLUMNS, nights, executor, manifest, salts, rangeBytes });
}

/** Rows and clicks by key, as plain maps have them. */
function counted(keysOf: (row: (typeof ROWS)[number]) => string[]): Map<string, { rows: number; clicks: number }> {
  const counts = new Map<string, { rows: number; clicks: number }>();
  for (const row of ROWS)
    for (const key of keysOf(row)) {
      const one = counts.get(key) ?? { rows: 0, clicks: 0 };
      counts.set(key, { rows: one.rows + 1, clicks: one.clicks + Number(row.y) });
    }
  return counts;
}

function shared(keys: Iterable<string>, bucketOf: (key: string) => number): { used: number; sharing: number } {
  const by = new Map<number, number>();
  for (const key of keys) by.set(bucketOf(key), (by.get(bucketOf(key)) ?? 0) + 1);
  return { used: by.size, sharing: [...by.values()].filter((n) => n > 1).reduce((sum, n) => sum + n, 0) };
}

test("keys, used buckets and shares are those of a plain count, however the file is cut", async (t) => {
  const all = await audit(t, 0, 2 ** 20);
  t.deepEqual(await audit(t, 0, 5000), all);
  const [user, both, words] = all as [ColumnAudit, ColumnAudit, ColumnAudit];
  t.deepEqual(
    all.map(({ column }) => column),
    ["hashedUser", "both", "words"],
  );
  const fingerprint = (text: string): bigint => (text === "" ? 0n : fingerprint64(Buffer.from(text)));
  const users = counted(({ user: name }) => (name === "" ? [] : [name]));
  const wantUser = shared(users.keys(), (key) => hashedId(fingerprint(key), 16, 0));
  t.like(user, { keys: users.size, exact: true, used: wantUser.used, foundShare: wantUser.sharing / users.size });
  t.true(Math.abs(user.expectedShare - (1 - (1 - 1 / 16) ** (users.size - 1))) < 1e-12);
  const siteIds = new Map(
    [...counted(({ site }) => [site]).entries()].sort(([a, x], [b, z]) => z.rows - x.rows || (a < b ? -1 : 1)).map(([site], i) => [site, BigInt(2 + i)]),
  );
  const pairs = counted(({ site, user: name }) => [`${site} ${name}`]);
  const wantBoth = shared(pairs.keys(), (key) => {
    const [site, name] = key.split(" ") as [string, string];
    return crossedId([siteIds.get(site)!, fingerprint(name)], 64, 3);
  });
  t.like(both, { keys: pairs.size, used: wantBoth.used, foundShare: wantBoth.sharing / pairs.size });
  const items = counted(({ words: text }) => text.split(" "));
  const wantWords = shared(items.keys(), (key) => hashedId(fingerprint(key), 8, 0));
  t.like(words, { keys: items.size, used: wantWords.used });
});

test("buckets whose keys have different rates are found and their keys named; the best salt has the least harm", async (t) => {
  const [user, both] = (await audit(t, 12, 2 ** 20)) as [ColumnAudit, ColumnAudit];
  t.true(user.harmfulBuckets > 0);
  t.is(user.harmful.length, Math.min(10, user.harmfulBuckets));
  for (const { keys, pValue } of user.harmful) {
    t.true(pValue < 0.05);
    const rates = new Map(keys.map(({ name, rate }) => [name, rate]));
    for (const [name, rate] of rates) t.is(Math.round(rate), Number(name.slice("user=u".length)) % 2 === 0 ? 1 : 0, name);
    t.is(new Set([...rates.values()].map(Math.round)).size, 2);
  }
  t.regex(both.harmful[0]!.keys[0]!.name, /^site=s\d x user=u\d+$/);
  for (const { salts, bestSalt, salt, harm } of [user, both]) {
    const best = salts.find((one) => one.salt === bestSalt)!;
    t.true(salts.length >= 12);
    t.true(salts.every((one) => one.harm >= best.harm));
    t.is(salts.find((one) => one.salt === salt)!.harm, harm);
  }
  t.true(user.salts.find((one) => one.salt === user.bestSalt)!.harm < Math.max(...user.salts.map((one) => one.harm)));
});

test("keys of equal rates that share a bucket do no harm", (t) => {
  const n = 2000;
  const counts = new Float64Array(n).fill(60);
  let state = 7;
  const positives = counts.map((rows) => {
    let y = 0;
    for (let i = 0; i < rows; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      if (state / 2 ** 32 < 0.3) y++;
    }
    return y;
  });
  const buckets = Uint32Array.from({ length: n }, (_, i) => i >> 1);
  const report = findCollisions({ buckets, counts, positives });
  t.like(report, { used: n / 2, sharing: n, tested: n / 2 });
  t.true(report.harmful.length <= 2, `${report.harmful.length}`);
  positives[0] = 55;
  positives[1] = 5;
  t.is(findCollisions({ buckets, counts, positives }).harmful[0]!.bucket, 0);
});

test("a table of more keys than fit keeps the same sample whatever the order, with exact counts", (t) => {
  const keys = Array.from({ length: 5000 }, (_, i) => fingerprint64(Buffer.from(`key ${i % 3000}`)));
  const fill = (order: readonly bigint[]): KeyTable => {
    const table = new KeyTable(1, 500);
    for (const key of order) {
      const halves = Uint32Array.from([Number(key & 0xffffffffn), Number(key >> 32n)]);
      table.add(halves[0]!, halves[1]!, halves, 0, 1, 1);
    }
    return table;
  };
  const contents = (table: KeyTable): string[] =>
    Array.from(table.counts, (count, i) => `${table.keys[2 * i]} ${table.keys[2 * i + 1]} ${count} ${table.inputs[2 * i]}`).sort();
  const [a, b] = [fill(keys), fill([...keys].reverse())];
  t.deepEqual(contents(a), contents(b));
  t.is(a.level, b.level);
  t.true(a.size <= 500 && a.size > 200);
  t.is(a.size, new Set(keys.filter((key) => key >> BigInt(64 - a.level) === 0n)).size);
  const half = fill(keys.slice(0, 2500));
  const rest = fill(keys.slice(2500));
  half.merge(rest.level, rest.keys.slice(), rest.inputs.slice(), rest.counts.slice(), rest.positives.slice());
  t.deepEqual(contents(half), contents(a));
});
