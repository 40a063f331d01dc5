import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clickConfig, clicks, csv, type Ended, inline, scratch } from "./kit.js";

const lines = csv(clicks(1500, 3)).trimEnd().split("\n");

async function attempt(
  t: { teardown: (f: () => void) => void },
  content: string | Buffer | null,
  config: object = clickConfig("clicks.csv"),
): Promise<Ended & { directory: string }> {
  const directory = scratch(t);
  if (content !== null) fs.writeFileSync(path.join(directory, "clicks.csv"), content);
  return { ...(await cli(["retrain", ...inline(directory, config), "--json"], { timeout: 300_000 })), directory };
}

test("bad rows are counted by reason and kept with file and line", async (t) => {
  const bad = [...lines];
  bad[10] += ",extra";
  bad[20] = bad[20]!.split(",").slice(1).join(",");
  bad[30] = bad[30]!.replace(/,[01]$/, ",7");
  bad[40] = bad[40]!.replace(/,[01]$/, ",");
  bad[50] = bad[50]!
    .split(",")
    .map((cell, i) => (i === 5 ? "12..5" : cell))
    .join(",");
  const bytes = Buffer.from(`${bad.join("\n")}\n`);
  const at = bytes.indexOf("\n60,") + 5;
  bytes[at] = 0xff;
  const run = await attempt(t, bytes, clickConfig("clicks.csv", { data: { negative: "0" } }));
  t.is(run.code, 0, run.stderr);
  t.deepEqual(run.json.rejects, { E_FIELD_COUNT: 2, E_LABEL_VALUE: 1, E_LABEL_EMPTY: 1, E_NUMBER: 1, E_UTF8: 1 });
  const kept = fs
    .readFileSync(run.json.rejectsFile, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { line: number; file: string; code: string });
  t.deepEqual(
    kept.map((k) => k.line),
    [11, 21, 31, 41, 51, 62],
  );
  t.true(kept.every((k) => k.file.endsWith("clicks.csv")));
});

const refusals: [string, string | null, object?, number?][] = [
  ["more than 1% bad rows", `${lines.map((line, i) => (i > 0 && i % 50 === 0 ? `${line},extra` : line)).join("\n")}\n`],
  ["a missing file", null],
  ["an empty file", ""],
  ["a header without rows", `${lines[0]}\n`],
  ["duplicate column names", lines.map((line, i) => (i === 0 ? `${line},price` : `${line},1`)).join("\n")],
  ["a label with one class only", lines.map((line, i) => (i === 0 ? line : line.replace(/,[01]$/, ",0"))).join("\n")],
  ["only bad rows", lines.map((line, i) => (i === 0 ? line : `${line},x`)).join("\n")],
  ["a column that the file lacks", lines.join("\n"), clickConfig("clicks.csv", { columns: { nothing: { kind: "vocabulary", column: "nothing" } } })],
  ["a label that the file lacks", lines.join("\n"), clickConfig("clicks.csv", { data: { label: "nope" } })],
  ["a slice that the file lacks", lines.join("\n"), clickConfig("clicks.csv", { evaluate: { slices: ["nope"] } })],
  ["an unknown kind of column", lines.join("\n"), clickConfig("clicks.csv", { columns: { x: { kind: "wordwheel", column: "site" } } }), 2],
  ["a misspelt field", lines.join("\n"), clickConfig("clicks.csv", { train: { epochz: 3 } }), 2],
  ["an exact cross of unknown size", lines.join("\n"), clickConfig("clicks.csv", { columns: { x: { kind: "crossed", columns: ["site", "country"] } } }), 2],
  ["a field with a quote that never ends", `${lines.slice(0, 5).join("\n")}\n"${lines.slice(5).join("\n")}`],
];

for (const [what, content, config, code] of refusals) {
  test(`${what}: one clear error, no stack trace, nothing published`, async (t) => {
    const run = await attempt(t, content, config);
    t.true(code === undefined ? run.code === 1 || run.code === 2 : run.code === code, `exit ${run.code}: ${run.stderr}`);
    t.regex(run.json.error.code, /^E_[A-Z0-9_]+$/);
    t.regex(run.stderr, new RegExp(`${run.json.error.code as string}: `));
    t.notRegex(run.stderr, /\n\s+at .*[:(]\d+/);
    t.false(fs.existsSync(path.join(run.directory, "work/registry/current")));
  });
}

test("all problems of a configuration are reported at once, each with its path", async (t) => {
  const run = await attempt(t, lines.join("\n"), clickConfig("clicks.csv", { train: { epochs: -1 }, model: { l1: "much" } }));
  t.is(run.code, 2);
  t.regex(run.stderr, /train\.epochs/);
  t.regex(run.stderr, /model\.l1/);
});

test("usage errors end with 2 and a code", async (t) => {
  for (const args of [
    ["retrane"],
    ["retrain", "--wrokers", "2"],
    ["retrain", "--workers", "none"],
    ["retrain", "--config", "/nowhere/crossbill.config.json"],
  ]) {
    const run = await cli(args);
    t.is(run.code, 2, args.join(" "));
    t.regex(run.stderr, /^E_[A-Z_]+: /m);
  }
});

test("help and version are quick and need no configuration", async (t) => {
  const help = await cli(["--help"]);
  t.is(help.code, 0);
  for (const command of ["ingest", "train", "evaluate", "publish", "retrain", "predict", "models", "doctor"]) t.true(help.stdout.includes(command));
  t.regex((await cli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  t.regex((await cli(["retrain", "--help"])).stdout, /--config/);
  t.regex((await cli(["doctor"])).stdout, /simd/i);
  const { engines } = JSON.parse((await cli(["doctor", "--json"])).stdout) as { engines: Record<string, string> };
  t.is(engines.wasm, "built in");
  for (const name of ["tfjs", "tfjs-node"]) t.regex(engines[name]!, new RegExp(`^@tensorflow/${name} 4\\.|to get it: npm install @tensorflow/${name}`));
});
