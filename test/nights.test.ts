import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clickConfig, clicks, configured, csv, inline, retrain, scratch } from "./kit.js";

const rows = clicks(9000, 21);
const night = (n: number): typeof rows => rows.slice(1500 * n, 1500 * (n + 1));

test.serial("a night ingests only its new file, skips what did not change, and sees one changed byte", async (t) => {
  const directory = scratch(t);
  const base = inline(directory, clickConfig("day-*.csv"));
  const write = (n: number): void => fs.writeFileSync(path.join(directory, `day-${n}.csv`), csv(night(n)));
  for (const n of [0, 1, 2]) write(n);
  const first = await retrain(base);
  t.is(first.rows.read, 4500);
  t.is(first.rows.train + first.rows.validation + first.rows.test, 4500);
  t.truthy(first.published);
  t.true(fs.existsSync(first.report!));

  const again = await retrain(base);
  t.deepEqual(again.skipped, ["ingest", "train", "evaluate", "publish", "report"]);
  t.is(again.model!.sha256, first.model!.sha256);
  t.is(again.published, first.published);

  write(3);
  const second = await retrain(base);
  t.is(second.rows.read, 1500, "only the new file is read");
  t.is(second.rows.train + second.rows.validation + second.rows.test, 6000);
  t.not(second.model!.sha256, first.model!.sha256);
  t.truthy(second.test!.against, "it was compared with the current model");

  const file = path.join(directory, "day-1.csv");
  const bytes = fs.readFileSync(file);
  const { atime, mtime } = fs.statSync(file);
  bytes.write(",phome,", bytes.indexOf(",phone,"));
  fs.writeFileSync(file, bytes);
  fs.utimesSync(file, atime, mtime);
  const flipped = await retrain(base);
  t.false(flipped.skipped.includes("ingest"));
  t.not(flipped.model!.sha256, second.model!.sha256);

  const list = await cli(["models", "list", ...base, "--json"]);
  const versions = JSON.parse(list.stdout) as { version: string; current: boolean }[];
  t.is(versions.length, 3);
  t.is(versions.filter((v) => v.current).length, 1);
});

test.serial("nights with kills thrown in end in the same models as calm ones", async (t) => {
  const series = async (kills: boolean): Promise<string[]> => {
    const directory = scratch(t);
    const base = (kills ? configured : inline)(directory, clickConfig("day-*.csv"));
    const hashes: string[] = [];
    let seconds = 2;
    for (let n = 0; n < 3; n++) {
      for (const d of n === 0 ? [0, 1, 2] : [2 + n]) fs.writeFileSync(path.join(directory, `day-${d}.csv`), csv(night(d)));
      if (kills) for (const f of [0.4, 0.8]) await cli(["retrain", ...base], { killAfter: seconds * 1000 * f });
      const started = performance.now();
      hashes.push((await retrain(base)).model!.sha256);
      seconds = (performance.now() - started) / 1000;
    }
    return hashes;
  };
  t.deepEqual(await series(true), await series(false));
});

test.serial("of two runs at once the second refuses and says who holds the lock", async (t) => {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows));
  const base = configured(directory, clickConfig("a.csv", { train: { epochs: 20 } }));
  const slow = { env: { CROSSBILL_FAULT: "gang:*:sleep" } }; // the one that has the lock is still there when the other comes
  const both = await Promise.all([0, 1].map(() => cli(["retrain", ...base, "--json"], slow)));
  t.deepEqual(
    both.map((r) => r.code ?? -1).sort((a, b) => a - b),
    [0, 1],
  );
  t.regex(both.find((r) => r.code === 1)!.stderr, /E_LOCKED: .*\d+/);
});

test.serial("the gate rejects a night of shuffled labels with exit code 3, says why, and the current model stays", async (t) => {
  const directory = scratch(t);
  const base = inline(
    directory,
    clickConfig("day-*.csv", {
      data: { split: { by: "index", every: 10, validation: [1], test: [0, 5] } },
      gate: { maxLogLossIncrease: 0.005, maxBias: 0.02 },
    }),
  );
  for (const n of [0, 1]) fs.writeFileSync(path.join(directory, `day-${n}.csv`), csv(night(n)));
  const good = await retrain(base);
  // the training rows of the next file lie: all clicked; its test rows are honest
  const lies = [...night(2), ...night(3), ...night(4)].map((row, i) => ({ ...row, clicked: i % 10 === 0 || i % 10 === 5 ? row.clicked! : "1" }));
  fs.writeFileSync(path.join(directory, "day-2.csv"), csv(lies));
  const bad = await cli(["retrain", ...base, "--json"]);
  t.is(bad.code, 3, bad.stderr);
  t.false(bad.json.gate.accepted);
  t.true(bad.json.gate.reasons.length > 0);
  t.is(bad.json.published, null);
  const list = JSON.parse((await cli(["models", "list", ...base, "--json"])).stdout) as { sha256: string; current: boolean }[];
  t.deepEqual(
    list.map((v) => [v.sha256, v.current]),
    [[good.model!.sha256, true]],
  );
});

test.serial("after a refit, and after a change of columns, the current model is still compared on the same rows", async (t) => {
  const directory = scratch(t);
  const columns = {
    priceBand: { kind: "bucketized", column: "price", quantiles: 6 },
    siteDevice: { kind: "crossed", columns: ["site", "device"], buckets: 256 },
  };
  const nightly = (more: object): object => ({ ...clickConfig("day-*.csv", { columns: { ...columns, ...more } }), nights: { refit: { everyNights: 1 } } });
  let base = inline(directory, nightly({}));
  for (const n of [0, 1]) fs.writeFileSync(path.join(directory, `day-${n}.csv`), csv(night(n)));
  await retrain(base);
  fs.writeFileSync(path.join(directory, "day-2.csv"), csv(night(2)));
  const refitted = await retrain(base);
  t.is(refitted.rows.read, 4500, "a refit reads everything");
  t.true(Number.isFinite(refitted.test!.against!.logLossDifference));

  base = inline(directory, nightly({ more: { kind: "hashed", column: "site", buckets: 64 } }));
  const widened = await retrain(base);
  t.is(widened.test!.against!.version, refitted.published!);
  t.true(widened.test!.against!.low <= widened.test!.against!.logLossDifference);
  // asked the other way round, the same difference with the other sign
  const evaluated = await cli(["evaluate", ...base, "--model", refitted.published!, "--against", widened.published!, "--json"]);
  t.is(evaluated.code, 0, evaluated.stderr);
  t.true(Math.abs(evaluated.json.test.against.logLossDifference + widened.test!.against!.logLossDifference) < 1e-12);
});
