import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import test from "ava";
import { type CliOptions, cli, clickConfig, clicks, configured, csv, type Ended, retrain, scratch } from "./kit.js";

/*
 * A sample of what must hold when things break: kills and failing calls at write boundaries, lost workers, signals, damaged files, odd input, locks, flags of
 * Node.js. The rule is always the same: one clear error that names the file, nothing half-done, and the same command ends in the same model.
 */

type Scope = { teardown: (f: () => void) => void; log: (text: string) => void };
type Row = Record<string, string>;

const rows = clicks(600, 7);
const gate = { maxBias: 9, maxLogLossIncrease: 9 };
const options = { train: { epochs: 2 }, gate };

interface Folder {
  readonly base: string[];
  readonly directory: string;
}

/** A folder of data and configuration, in a scratch folder of the test or in the one given. */
function folder(t: Scope | string, content: readonly Row[] | string = rows, config: object = clickConfig("*.csv", options)): Folder {
  const directory = path.join(typeof t === "string" ? t : scratch(t), "clicks"); // its name is the report's title
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, "a.csv"), typeof content === "string" ? content : csv(content));
  return { base: [...configured(directory, config), "--workers", "2"], directory };
}

/** The folder of a night that nothing disturbed, and the models that it and the night after it end in. */
const calm = { directory: "", model: "", next: "" };
const shared = scratch({ teardown: (remove) => test.after.always(() => remove()) });

test.before(async () => {
  const { base, directory } = folder(shared);
  calm.directory = directory;
  calm.model = (await retrain(base)).model!.sha256;
  calm.next = (await retrain(secondNight(path.join(shared, "next")).base)).model!.sha256;
});

/** A folder with one published night, and the file of the next. */
function secondNight(t: Scope | string): Folder {
  const directory = path.join(typeof t === "string" ? t : scratch(t), "clicks");
  fs.cpSync(calm.directory, directory, { recursive: true });
  fs.writeFileSync(path.join(directory, "b.csv"), csv(clicks(300, 8).map((row, i) => ({ ...row, id: `b${i}` }))));
  return { base: [...configured(directory, clickConfig("*.csv", options)), "--workers", "2"], directory };
}

/** Without threads: for what is not about them. */
const alone = (base: readonly string[]): string[] => [...base.slice(0, 4), "--executor", "inline"];

/** Every file of the work folder with its hash. */
function contents(directory: string): Record<string, string> {
  const work = path.join(directory, "work");
  const files = fs.readdirSync(work, { recursive: true, encoding: "utf8" }).filter((name) => fs.statSync(path.join(work, name)).isFile());
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash("sha256")
        .update(fs.readFileSync(path.join(work, name)))
        .digest("hex"),
    ]),
  );
}

function clean(ended: Ended): boolean {
  return !/\n\s+at .*[:(]\d+/.test(ended.stderr) && !ended.left && ended.json !== null && (ended.code === 0 || /^E_[A-Z0-9_]+$/.test(ended.json.error?.code));
}

/** strace makes one system call of the run fail. With one thread for files the calls come in one order; undefined: there is no strace. */
function injecting(t: Scope, call: string, errno: string, nth: number): CliOptions | undefined {
  if (spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]).status !== 0) {
    t.log("skipped: strace is not there or may not trace");
    return undefined;
  }
  const under = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:error=${errno}:when=${nth}`];
  return { under, env: { UV_THREADPOOL_SIZE: "1" }, timeout: 300_000 };
}

test.serial("killed at a write boundary, the same command leaves the same files, to the byte, and nothing else", async (t) => {
  const wanted = contents(calm.directory);
  for (const point of ["storage:after-rename:kill:2", "storage:after-publish:kill", "registry:before-current:kill", "storage:sync:kill:19"]) {
    const { base, directory } = folder(t);
    t.is((await cli(["retrain", ...base, "--json"], { env: { CROSSBILL_FAULT: point } })).signal, "SIGKILL", point);
    const fsck = await cli(["models", "fsck", ...base.slice(0, 4)]);
    t.is(fsck.code, 0, fsck.stderr);
    await retrain(base);
    const found = contents(directory);
    delete found["registry/registry.lock"]; // of the killed process: the next publication takes it over
    t.deepEqual(found, wanted, point);
  }
});

test.serial("a full or failing disk: the file is named, the published model stays, and the same command goes on", async (t) => {
  for (const [call, errno, nth, code] of [
    ["mkdir", "ENOSPC", 2, "E_NO_SPACE"],
    ["fsync", "EIO", 75, "E_IO"],
  ] as const) {
    const { base, directory } = secondNight(t);
    const injected = injecting(t, call, errno, nth);
    if (injected === undefined) return t.pass();
    const failed = await cli(["retrain", ...base, "--json"], injected);
    t.is(failed.code, 1, `${call} ${nth}: ${failed.stderr}`);
    t.true(clean(failed), failed.stderr);
    t.is(failed.json.error.code, code);
    t.true(failed.json.error.message.includes(path.join(directory, "work")), failed.json.error.message);
    t.is((await cli(["models", "show", "current", ...base.slice(0, 4), "--json"])).code, 0);
    t.is((await retrain(alone(base))).model!.sha256, calm.next);
  }
});

test.serial("a worker that throws, ends or hangs in ingestion or evaluation is noticed; nothing keeps running, no lock stays", async (t) => {
  for (const fault of ["tasks:ingest.encode:exit", "tasks:ingest.fit:hang", "tasks:evaluation.score:hang"]) {
    const { base, directory } = folder(t);
    const run = await cli(["retrain", ...base, "--json"], { env: { CROSSBILL_FAULT: fault, CROSSBILL_HANG_TIMEOUT_MS: "1000" } });
    t.is(run.code, 1, `${fault}: ${run.signal} ${run.stderr}`);
    t.true(clean(run), run.stderr);
    t.regex(run.json.error.code, /^E_(FAULT|WORKER_EXITED|WORKER_HUNG)$/);
    t.false(fs.existsSync(path.join(directory, "work/run.lock")));
    t.is((await retrain(alone(base))).model!.sha256, calm.model);
  }
});

test.serial("a signal at any step ends the run with its code and one error, and the same command goes on", async (t) => {
  for (const [signal, code, once] of [
    ["SIGINT", 130, "run.lock"],
    ["SIGINT", 130, "ingest/manifest.pb"],
    ["SIGTERM", 143, "candidate.pb"],
  ] as const) {
    const { base, directory } = folder(t);
    const run = await cli(["retrain", ...base, "--json"], { killAfter: () => fs.existsSync(path.join(directory, "work", once)), signal });
    t.true(run.code === code || run.code === 0, `${once}: ${run.code} ${run.signal} ${run.stderr}`); // 0: it was quicker
    if (run.code === code) t.is(run.json.error?.code, "E_ABORTED", run.stdout.slice(0, 200));
    t.true(clean(run), run.stderr);
    t.is((await retrain(alone(base))).model!.sha256, calm.model);
  }
});

test.serial("damage of any file is named or made good with the same model, and never gives another", async (t) => {
  const files = Object.keys(contents(calm.directory));
  const one = (pattern: RegExp): string => files.find((name) => pattern.test(name))!;
  const flip = (bytes: Buffer): Buffer => {
    bytes[Math.floor(0.6 * bytes.length)]! ^= 4;
    return bytes;
  };
  const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length - 9);
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    [one(/^candidate\.pb$/), flip],
    [one(/^ingest\/manifest\.pb$/), flip],
    [one(/-train\.arrow$/), flip],
    [one(/-test\.arrow$/), cut],
    [one(/^registry\/current\.pb$/), cut],
    [one(/^registry.*weights\.arrow$/), flip],
  ];
  for (const [name, damage] of damages) {
    const { base, directory } = secondNight(t);
    const file = path.join(directory, "work", name);
    fs.writeFileSync(file, damage(fs.readFileSync(file)));
    const run = await cli(["retrain", ...alone(base), "--json"]);
    t.true(clean(run), `${name}: ${run.stderr}`);
    if (run.code === 0) t.is(run.json.model.sha256, calm.next, name);
    else t.true(run.json.error.message.includes(path.basename(name)), `${name}: ${run.stderr}`);
  }
  // a checkpoint and an evaluation are made again
  const { base, directory } = secondNight(t);
  await cli(["retrain", ...alone(base)], { env: { CROSSBILL_FAULT: "trainer:block:kill:6" } });
  for (const name of Object.keys(contents(directory)).filter((n) => /^(train|evaluations)\//.test(n))) {
    const file = path.join(directory, "work", name);
    fs.writeFileSync(file, flip(fs.readFileSync(file)));
  }
  t.is((await retrain(alone(base))).model!.sha256, calm.next);
});

test.serial("odd input ends in a model or in one clear error", async (t) => {
  const evil = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"];
  const named = (i: number, j: number): string => evil[(i + j) % evil.length]!;
  const hostile = [["clicked", ...evil], ...rows.map((row, i) => [row["clicked"]!, ...evil.map((_, j) => named(i, j))])]
    .map((cells) => cells.join(","))
    .join("\r\n");
  const hostileConfig = {
    data: { train: "*.csv", label: "clicked", split: { by: "index", every: 10, validation: [1], test: [0, 5] } },
    columns: Object.fromEntries(evil.map((name, i) => [`c${i}`, { kind: "vocabulary", column: name }])),
    evaluate: { slices: ["__proto__", ["constructor", "toString"]] },
    gate,
  };
  const weighted = clickConfig("*.csv", { ...options, data: { weight: "w" } });
  const cases: [string, string, object, string | null][] = [
    ["hostile names", hostile, hostileConfig, null],
    [
      "constant and missing columns, long fields, CR, no last line end",
      csv(rows.map((row, i) => ({ ...row, price: "7", age: "", country: "", site: i === 3 ? "x".repeat(1e6) : row["site"]! })))
        .trimEnd()
        .replaceAll("\n", "\r"),
      clickConfig("*.csv", options),
      null,
    ],
    ["one row", csv(rows.slice(0, 1)), clickConfig("*.csv", options), "E_ONE_CLASS"],
    ["no weight", csv(rows.map((row) => ({ ...row, w: "0" }))), weighted, "E_WEIGHT"],
    ["weights beyond all numbers", csv(rows.map((row) => ({ ...row, w: "1e308" }))), weighted, "E_WEIGHT"],
    [
      "numbers beyond all numbers",
      csv(rows.map((row, i) => ({ ...row, price: i % 20 === 0 ? "1e400" : "1" }))),
      clickConfig("*.csv", options),
      "E_TOO_MANY_REJECTS",
    ],
  ];
  for (const [what, content, config, code] of cases) {
    const run = await cli(["retrain", ...alone(folder(t, content, config).base), "--json"], { node: ["--disable-proto=throw"] });
    t.true(clean(run), `${what}: ${run.stderr}`);
    t.is(run.json.error?.code ?? null, code, `${what}: ${run.stderr}`);
    if (what === "hostile names") t.is(run.json.slices.filter((s: { slice: object }) => Object.keys(s.slice)[0] === "__proto__").length, evil.length);
  }
});

test.serial("a training that diverges names its step, publishes nothing, and the current model can still be used", async (t) => {
  const { base, directory } = secondNight(t);
  configured(directory, clickConfig("*.csv", { ...options, train: { epochs: 2, optimizer: { kind: "adagrad", learningRate: 1e300 } } }));
  const diverged = await cli(["retrain", ...alone(base), "--json"]);
  t.is(diverged.json.error.code, "E_DIVERGED");
  t.regex(diverged.json.error.message, /step \d+/);
  const evaluated = await cli(["evaluate", "--model", "current", ...alone(base), "--json"]);
  t.is(evaluated.json.model.sha256, calm.model, evaluated.stderr);
  t.is((await cli(["report", "--model", "current", ...alone(base), "--json"])).code, 0);
});

test.serial("the lock of a dead process is taken over, that of another host is not", async (t) => {
  const { base, directory } = secondNight(t);
  const lock = path.join(directory, "work/run.lock");
  const owner = (host: string): string => `00000000-0000-4000-8000-000000000000\n${process.pid}\n1\n${host}\nnode\n`; // this pid, another start time
  fs.writeFileSync(lock, owner(os.hostname()));
  t.is((await retrain(alone(base))).model!.sha256, calm.next);
  t.false(fs.existsSync(lock));
  fs.writeFileSync(lock, owner("elsewhere.invalid"));
  const refused = await cli(["retrain", ...alone(base), "--json"]);
  t.is(refused.json.error.code, "E_LOCKED");
  t.regex(refused.json.error.message, /elsewhere\.invalid.*delete/);
});

test.serial("flags of Node.js that forbid code from texts and the old prototype, another place and language: the same model", async (t) => {
  const flags = ["--disallow-code-generation-from-strings", "--disable-proto=throw", "--frozen-intrinsics"];
  const moved = { node: flags, cwd: "/", env: { TZ: "America/St_Johns", LC_ALL: "tr_TR.UTF-8" } };
  t.is((await retrain(folder(t).base, ["--memory", "16m"], moved)).model!.sha256, calm.model);
});
