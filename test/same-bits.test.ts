import fs from "node:fs";
import path from "node:path";
import test from "ava";
import { clickConfig, clicks, configured, csv, inline, retrain, scratch } from "./kit.js";

const rows = clicks(6000, 5);

for (const optimizer of [
  { kind: "ftrl", alpha: 0.1, l1: 0.3 },
  { kind: "adagrad", learningRate: 0.1 },
]) {
  const wide = optimizer.kind === "ftrl"; // what is about data, not about steps, is tried with one of them
  test.serial(`${optimizer.kind}: one model for any number of workers, any timing${wide ? ", any memory, any folder" : ""}`, async (t) => {
    const hashes = new Map<string, string[]>();
    const once = async (label: string, args: string[], env: Record<string, string> = {}, listed: string | string[] = "*.csv"): Promise<void> => {
      const directory = scratch(t);
      for (let i = 0; i < 3; i++) fs.writeFileSync(path.join(directory, `${"abc"[i]}.csv`), csv(rows.slice(2000 * i, 2000 * (i + 1))));
      const { model } = await retrain(configured(directory, clickConfig(listed, { train: { optimizer } })), args, { env });
      hashes.set(model!.sha256, [...(hashes.get(model!.sha256) ?? []), label]);
    };
    for (const workers of wide ? ["1", "8"] : ["1", "3"]) await once(`${workers} workers`, ["--workers", workers]);
    await once("sleeps before every barrier", ["--workers", "3"], { CROSSBILL_FAULT: "gang:*:sleep" });
    if (wide) await once("inline", ["--executor", "inline"]);
    if (wide) await once("16 MiB of memory", ["--workers", "2", "--memory", "16m"]);
    if (wide)
      await once("listed backwards, elsewhere in the world", ["--workers", "2"], { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" }, ["c.csv", "b.csv", "a.csv"]);
    t.is(hashes.size, 1, [...hashes.values()].map((labels) => labels.join(" + ")).join(" / "));
  });
}

test.serial("one changed label gives another model", async (t) => {
  const hashOf = async (data: typeof rows): Promise<string> => {
    const directory = scratch(t);
    fs.writeFileSync(path.join(directory, "a.csv"), csv(data));
    return (await retrain(inline(directory, clickConfig("a.csv")))).model!.sha256;
  };
  const few = rows.slice(0, 1500);
  const changed = few.map((row, i) => (i === 1234 ? { ...row, clicked: row.clicked === "1" ? "0" : "1" } : row));
  t.not(await hashOf(few), await hashOf(changed));
});
