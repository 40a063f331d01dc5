import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { cli, clickConfig, clicks, csv, inline, retrain, scratch } from "./kit.js";

const rows = clicks(6000, 5);

test.serial("inspect shows data, drift, collisions and the names behind weights; drift can stop a night", async (t) => {
  const directory = scratch(t);
  const config = clickConfig("day-*.csv") as { data: object; columns: Record<string, object> };
  config.columns["hashedSite"] = { kind: "hashed", column: "site", buckets: 4 };
  const base = inline(directory, config);
  const workdir = base[base.indexOf("--workdir") + 1]!;
  const write = (n: number, of: typeof rows): void => fs.writeFileSync(path.join(directory, `day-${n}.csv`), csv(of));
  write(0, rows.slice(0, 3000));
  const first = await retrain(base);
  t.deepEqual(
    first.dataChecks.map(({ check, field }) => `${check} ${field}`),
    ["collisions user", "collisions hashedSite"],
  );

  write(
    1,
    rows.slice(3000).map((row, i) => ({ ...row, site: i % 2 === 0 ? "never seen" : row["site"]! })),
  );
  const second = await retrain(base);
  t.true(second.dataChecks.some(({ check, field, level }) => check === "drift" && field === "site" && level === "warn"));

  const shown = await cli(["inspect", workdir, "--json"]);
  t.is(shown.code, 0, shown.stderr);
  t.is(shown.json.rows.read, 6000);
  t.is(shown.json.runs.length, 2);
  t.is(shown.json.checkedAgainst, shown.json.runs[0].name);
  t.deepEqual(shown.json.dataChecks, second.dataChecks);
  const site = shown.json.fields.find((field: { field: string }) => field.field === "site");
  t.like(site.top[0], { value: "never seen" });
  t.true(shown.json.drift.find((drift: { field: string }) => drift.field === "site").newCategories > 0.4);
  const people = await cli(["inspect", path.join(workdir, "ingest/manifest.pb")]);
  t.is(people.code, 0, people.stderr);
  t.regex(people.stdout, /site +text/);
  t.regex(people.stdout, /warn: field "site": its distribution changed/);
  t.like(await cli(["inspect", workdir, "--against", "9"]), { code: 2 });

  const audit = await cli(["inspect", workdir, "--collisions", "--salts", "4", "--json", ...base]);
  t.is(audit.code, 0, audit.stderr);
  const hashed = audit.json.collisions.find((one: { column: string }) => one.column === "hashedSite");
  t.is(hashed.used, 4);
  t.true(hashed.exact);
  t.is(hashed.salts.length, 4);
  t.true(fs.readdirSync(workdir).length > 0);
  t.is((await cli(["inspect", workdir, "--collisions", ...base])).code, 0);

  const model = second.model!.path;
  const weights = await cli(["inspect", model, "--weights", "7", "--column", "site", "--json"]);
  t.is(weights.json.weights.length, 7);
  t.true(weights.json.weights.every(({ feature }: { feature: string }) => feature.startsWith("site")));
  const { norms, columns } = weights.json;
  t.is(norms.l0, weights.json.nonZero);
  t.true(norms.lInfinity <= norms.l2 && norms.l2 <= norms.l1 && norms.lp === null);
  t.is(Math.max(...columns.map((column: { norms: { lInfinity: number } }) => column.norms.lInfinity)), norms.lInfinity);
  t.regex((await cli(["inspect", model, "--norm", "0.5"])).stdout, /column +features +non-zero \(L0\) +L1 +L2 +Linf +L0\.5/);
  t.is((await cli(["inspect", model, "--norm", "-1"])).code, 2);
  t.is((await cli(["inspect", model, "--column", "nothing"])).code, 2);
  const pack = fs.readdirSync(path.join(workdir, "objects"), { recursive: true, encoding: "utf8" }).find((name) => name.endsWith("test.arrow"))!;
  const packed = await cli(["inspect", path.join(workdir, "objects", pack), "--json"]);
  t.true(packed.json.rows > 0);
  t.true(packed.json.columns.some((column: { name: string }) => column.name === "hashedSite"));

  write(
    2,
    rows.slice(0, 1500).map((row) => ({ ...row, site: "another" })),
  );
  Object.assign(config.data, { checks: { drift: { fail: 0.5 } } });
  const strict = inline(directory, config);
  const stopped = await cli(["retrain", ...strict, "--json"]);
  t.is(stopped.code, 1);
  t.is(stopped.json.error.code, "E_DATA_DRIFT");
  t.is((await cli(["inspect", workdir, "--json"])).json.rows.read, 6000, "the last ingestion stays");
});

test.serial("inspect says where a split by order or time cut, for people and as JSON", async (t) => {
  const directory = scratch(t);
  const start = Date.UTC(2026, 0, 1);
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows.slice(0, 400).map((row, i) => ({ ...row, at: new Date(start + 3_600_000 * i).toISOString() }))));
  for (const [split, validationFrom, testFrom, text] of [
    [{ by: "order", validation: 0, test: 0.25 }, null, 300, "300 train, 0 validation, 100 test from row 300"],
    [
      { by: "time", column: "at", validation: { days: 2 }, test: { days: 1 } },
      start + 14 * 86_400_000,
      start + 16 * 86_400_000,
      "336 train, 48 validation from 2026-01-15T00:00:00.000Z, 16 test from 2026-01-17T00:00:00.000Z",
    ],
  ] as const) {
    const base = inline(directory, { data: { train: "a.csv", label: "clicked", split }, columns: { price: { kind: "numeric", column: "price" } } });
    const done = await cli(["ingest", ...base]);
    t.is(done.code, 0, done.stderr);
    const shown = await cli(["inspect", path.join(directory, "work"), "--json"]);
    t.like(shown.json.split, { by: split.by, cut: { validationFrom, testFrom } });
    const people = await cli(["inspect", path.join(directory, "work")]);
    t.true(people.stdout.includes(`training files, split by ${split.by}: ${text}\n`), people.stdout);
  }
});
