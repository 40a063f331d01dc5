import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { ingestHandlers, readManifest, Spool } from "@crossbill/ingest";
import { sweepTemporaries } from "@crossbill/storage";
import { threadsExecutor } from "@crossbill/tasks";
import test from "ava";
import { forgetPlans, readPlan, writePlan } from "../dist/known-plans.js";
import { shownSource } from "../dist/source-name.js";
import { csvOf, dataSpec, folder, hashes, rowsOf, run, write } from "./support.js";
import { rawFrame } from "./zstd-support.js";

const csv = (seed: number): string => csvOf(rowsOf(400, seed));
const gz = (seed: number): Buffer => zlib.gzipSync(csv(seed));
const zst = (seed: number): Buffer => rawFrame(Buffer.from(csv(seed)), { checksum: true, size: true });

/** Files that are left in the spools of a work folder. */
function spooled(root: string): string[] {
  const spool = path.join(root, "spool");
  return fs.existsSync(spool) ? fs.readdirSync(spool) : [];
}

test("compressed files and standard input give the same packs as the plain file, on threads, and leave nothing in the spool", async (t) => {
  const dir = folder(t);
  const plain = await run(`${dir}/plain`, { train: [write(dir, "a.csv", csv(1))], rangeBytes: 4000 });
  const same = async (name: string, train: string, standardInput?: Readable): Promise<void> => {
    const root = `${dir}/${name}`;
    const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers: 2 });
    const spool = new Spool({ folder: path.join(root, "spool"), ...(standardInput === undefined ? {} : { standardInput }) });
    const outcome = await run(root, { train: [train], rangeBytes: 4000, executor, spool });
    await spool.close();
    await executor.close();
    t.deepEqual(hashes(outcome), hashes(plain), name);
    t.is(outcome.manifest.partitions[0]!.sha256, plain.manifest.partitions[0]!.sha256, name);
    t.deepEqual(spooled(root), [], name);
  };
  await same("gzip", write(dir, "b.csv.gz", gz(1)));
  await same("zstd", write(dir, "b.csv.zst", zst(1)));
  await same("gzip by its first bytes", write(dir, "gzipped.csv", gz(1)));
  await same("input", "-", Readable.from([csv(1).slice(0, 1000), csv(1).slice(1000)]));
  await same("compressed input", "-", Readable.from([zst(1)]));
});

test("a night unpacks what is new and nothing else; a file packed anew with the same content is the same partition", async (t) => {
  const dir = folder(t);
  const root = `${dir}/work`;
  const spool = new Spool({ folder: path.join(root, "spool") });
  t.teardown(() => spool.close());
  const files = (): number => spooled(root).flatMap((name) => fs.readdirSync(path.join(root, "spool", name))).length;
  const [one, two] = [write(dir, "1.csv.gz", gz(1)), write(dir, "2.csv.gz", gz(2))];
  const night = async (train: string[]): Promise<number> => {
    const own = new Spool({ folder: path.join(root, "spool") });
    await run(root, { train, spool: own });
    const made = files();
    await own.close();
    return made;
  };
  t.is(await night([one]), 1);
  t.is(await night([one]), 0, "nothing is new");
  t.is(await night([one, two]), 1, "only the second file");
  write(dir, "1.csv.gz", zlib.gzipSync(csv(1), { level: 1 }));
  t.is(await night([one, two]), 1, "its plan is not known");
  t.true((await run(root, { train: [one, two] })).skipped);
  const kept = fs.readdirSync(path.join(root, "ingest", "sources")).length;
  t.is(kept, 2, "plans of files that are no more are forgotten");
  for (const name of fs.readdirSync(path.join(root, "ingest", "sources"))) fs.writeFileSync(path.join(root, "ingest", "sources", name), "damaged");
  t.true((await run(root, { train: [one, two] })).skipped, "damaged plans are made again");
  const anew = write(dir, "1.csv.gz", gz(5));
  t.is((await run(root, { train: [anew, two] })).anew, "1.csv.gz changed");
});

test("JSON lines may be compressed, too: a field that only a late row has is known on the next night", async (t) => {
  const dir = folder(t);
  const rows = Array.from({ length: 600 }, (_, i) => ({ y: i % 3 === 0 ? 1 : 0, price: i % 7, site: `s${i % 4}`, ...(i === 599 ? { user: "u1" } : {}) }));
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  const data = dataSpec({ format: "jsonl" });
  const plain = await run(`${dir}/plain`, { train: [write(dir, "a.jsonl", text)], data });
  const train = [write(dir, "a.jsonl.gz", zlib.gzipSync(text))];
  t.deepEqual(hashes(await run(`${dir}/work`, { train, data })), hashes(plain));
  t.true((await run(`${dir}/work`, { train, data })).skipped);
});

test("errors name the source, never a file of the spool, and leave none", async (t) => {
  const dir = folder(t);
  const cases: [string, string, Uint8Array, RegExp][] = [
    ["E_CORRUPT", "cut.csv.gz", gz(1).subarray(0, 500), /cut\.csv\.gz: damaged or cut short/],
    ["E_CORRUPT", "cut.csv.zst", zst(1).subarray(0, 500), /cut\.csv\.zst: damaged or cut short/],
    ["E_EMPTY_FILE", "empty.csv.gz", new Uint8Array(0), /empty\.csv\.gz/],
    ["E_EMPTY_FILE", "nothing.csv.gz", zlib.gzipSync(""), /nothing\.csv\.gz: the file is empty/],
    ["E_NO_ROWS", "header.csv.gz", zlib.gzipSync("y,price,site,user\n"), /header\.csv\.gz/],
    ["E_DUPLICATE_COLUMN", "twice.csv.gz", zlib.gzipSync("y,y\n1,2\n"), /twice\.csv\.gz/],
    ["E_QUOTE_OPEN", "open.csv.gz", zlib.gzipSync(csv(1).replace("s1-1", '"s1-1')), /open\.csv\.gz/],
    ["E_FORMAT", "double.csv.gz", zlib.gzipSync(gz(1)), /double\.csv\.gz: was compressed twice/],
    ["E_TOO_MANY_REJECTS", "bad.csv.gz", zlib.gzipSync("y,price,site,user\n1,2,3,4\n5\n"), /bad\.csv\.gz:3: /],
  ];
  for (const [code, name, bytes, message] of cases) {
    const root = `${dir}/work-${name}`;
    const error = await t.throwsAsync(run(root, { train: [write(dir, name, bytes)] }), { message }, name);
    t.is((error as unknown as { code: string }).code, code, name);
    t.notRegex(error!.message, /\.tmp-/, name);
    t.notRegex(JSON.stringify(error), /\.tmp-/, name);
    t.deepEqual(spooled(root), [], name);
  }
  const nobody = new Spool({ folder: dir, standardInput: Readable.from([]) });
  await t.throwsAsync(run(`${dir}/in`, { train: ["-"], spool: nobody }), { message: /standard input: nothing came/ });
});

const script = fileURLToPath(new URL("./fixtures/ingest-once.js", import.meta.url));

function killed(args: string[], fault: string): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, CROSSBILL_FAULT: fault }, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (_, signal) => resolve(signal));
  });
}

test("a run killed while compressed files are read is continued by the same call, to the same bytes; the sweep clears the spool", async (t) => {
  const dir = folder(t);
  const train = [write(dir, "1.csv.gz", gz(1)), write(dir, "2.csv.zst", zst(2))];
  const calm = await run(`${dir}/calm`, { train, rangeBytes: 4000 });
  for (const point of ["storage:scratch:kill:2", "ingest:after-open:kill", "ingest:after-spool:kill", "tasks:ingest.encode:kill:2"]) {
    const root = `${dir}/${point.replaceAll(":", "-")}`;
    t.is(await killed([root, "{}", ...train], point), "SIGKILL", point);
    t.is(await readManifest(root), null);
    t.is(spooled(root).length, 1);
    await sweepTemporaries(root);
    t.deepEqual(spooled(root), []);
    const outcome = await run(root, { train, rangeBytes: 4000 });
    t.deepEqual(outcome.manifest, calm.manifest, point);
  }
});

test("plans are read back as they were written", async (t) => {
  const dir = folder(t);
  const head = { path: "/secret", size: 12, modified: "base64:x", fields: ["a", "text:b"], dataStart: 3, dataLines: 1 };
  const shard = { range: { offset: 0, length: 12 }, sha256: "aa", checksum: Uint8Array.from([1, 2, 255]), start: 3, end: 12, firstRow: 0, firstLine: 2 };
  const plan = { sha256: "bb", rows: 3, shards: [shard] };
  await writePlan(dir, "k1", { head, plan });
  const { path: _, ...rest } = head;
  t.deepEqual(await readPlan(dir, "k1"), { head: rest, plan });
  t.is(await readPlan(dir, "k2"), null);
  await forgetPlans(dir, new Set());
  t.is(await readPlan(dir, "k1"), null);
});

test("an address is shown without what may be a secret", (t) => {
  t.is(shownSource("https://user:password@host:8443/a/b.csv.gz?X-Amz-Signature=abc#x"), "https://host:8443/a/b.csv.gz");
  t.is(shownSource("s3://bucket/a?b#c.csv"), "s3://bucket/a?b#c.csv");
  t.is(shownSource("-"), "standard input");
  t.is(shownSource("/data/a@b?.csv"), "/data/a@b?.csv");
});
