import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { parse } from "csv-parse/sync";
import { cli, csv, retrain, scratch } from "./kit.js";

const DEVICES = ["=1+1", "@SUM(A1)", "<img src=x onerror=alert(1)>", "</script>", "phone"];

test("report --tables writes every table as CSV: the numbers of report.json, and no formula", async (t) => {
  const directory = scratch(t);
  const rows = Array.from({ length: 3000 }, (_, i) => {
    const device = DEVICES[i % DEVICES.length]!;
    return { id: `-${i}x`, device, x: String(((i * 7919) % 1000) / 1000), clicked: (i * 104729) % 1000 < 200 + 60 * (i % DEVICES.length) ? "1" : "0" };
  });
  fs.writeFileSync(path.join(directory, "a.csv"), csv(rows));
  fs.writeFileSync(
    path.join(directory, "crossbill.config.json"),
    JSON.stringify({ data: { train: "a.csv", label: "clicked", key: "id" }, evaluate: { slices: ["device"] }, train: { epochs: 1 }, gate: { maxBias: 10 } }),
  );
  const base = ["--config", path.join(directory, "crossbill.config.json"), "--workdir", path.join(directory, "work")];
  await retrain(base);
  const out = path.join(directory, "tables");
  const ended = await cli(["report", "--tables", "tables", ...base, "--json"], { cwd: directory });
  t.is(ended.code, 0, ended.stderr);
  const json = JSON.parse(fs.readFileSync(path.join(directory, "work", "report.json"), "utf8"));
  const table = (name: string): Record<string, string>[] => parse(fs.readFileSync(path.join(out, `${name}.csv`)), { columns: true });
  t.is(Number(table("headline").find(({ measure }) => measure === "logLoss")?.["value"]), json.test.logLoss);
  t.is(ended.json.test.logLoss, json.test.logLoss);
  t.is(table("slices").length, json.slices.length);
  t.true(table("weights").some(({ feature }) => feature?.includes("=1+1")));
  for (const file of fs.readdirSync(out)) {
    t.regex(file, /^[a-z0-9-]+\.csv$/);
    for (const line of parse(fs.readFileSync(path.join(out, file))) as string[][])
      for (const cell of line) t.false(/^[=@\t\r]|^[+-](?![\d.])/.test(cell), `${file}: ${cell}`);
  }
});
