import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { isTemporaryName, publishDirectory, sweepTemporaries, temporaryDirectory, temporaryPath } from "@crossbill/storage";
import test from "ava";
import { scratch, tree } from "./helpers.js";

async function filled(root: string, text: string): Promise<string> {
  const temporary = await temporaryDirectory(root);
  fs.mkdirSync(path.join(temporary, "model"));
  fs.writeFileSync(path.join(temporary, "model", "a"), text);
  return temporary;
}

test("A folder is published whole, and never replaced", async (t) => {
  const root = scratch(t);
  await publishDirectory(await filled(root, "one"), path.join(root, "versions", "1"));
  t.deepEqual(tree(root), ["versions", "versions/1", "versions/1/model", "versions/1/model/a"]);
  const second = await filled(root, "two");
  await t.throwsAsync(publishDirectory(second, path.join(root, "versions", "1")), { code: "E_EXISTS" });
  t.is(fs.readFileSync(path.join(root, "versions/1/model/a"), "utf8"), "one");
  fs.writeFileSync(path.join(root, "file"), "");
  await t.throwsAsync(publishDirectory(second, path.join(root, "file")), { code: "E_EXISTS" });
});

test("Of many publishers of one name one wins", async (t) => {
  const root = scratch(t);
  const folders = await Promise.all(Array.from({ length: 8 }, (_, i) => filled(root, String(i))));
  const outcomes = await Promise.allSettled(folders.map((folder) => publishDirectory(folder, path.join(root, "final"))));
  t.is(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 1);
  for (const outcome of outcomes) if (outcome.status === "rejected") t.is((outcome.reason as { code: string }).code, "E_EXISTS");
});

test("Links are not published", async (t) => {
  const root = scratch(t);
  const folder = await filled(root, "x");
  fs.symlinkSync("/etc/passwd", path.join(folder, "link"));
  await t.throwsAsync(publishDirectory(folder, path.join(root, "final")), { code: "E_PATH" });
  await t.throwsAsync(publishDirectory(path.join(root, "none"), path.join(root, "final")), { code: "E_NOT_FOUND" });
});

test("What dead processes left is swept, what running ones write stays", async (t) => {
  const root = scratch(t);
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  fs.mkdirSync(path.join(root, "deep", `.tmp-${dead}-1-0-1`, "x"), { recursive: true });
  fs.writeFileSync(path.join(root, "deep", `.tmp-${dead}--0-2`), "");
  const reused = `.tmp-${process.pid}-1-0-1`;
  fs.writeFileSync(path.join(root, reused), "");
  const own = temporaryPath(root);
  fs.writeFileSync(own, "");
  fs.writeFileSync(path.join(root, ".tmp-mine"), "");
  t.true(isTemporaryName(path.basename(own)) && !isTemporaryName(".tmp-mine"));
  const removed = await sweepTemporaries(root);
  const expected = [`deep/.tmp-${dead}-1-0-1`, `deep/.tmp-${dead}--0-2`, ...(fs.existsSync("/proc/self/stat") ? [reused] : [])];
  t.deepEqual(removed.map((file) => path.relative(root, file)).sort(), expected.sort());
  t.true(fs.existsSync(own) && fs.existsSync(path.join(root, ".tmp-mine")));
  t.deepEqual(await sweepTemporaries(path.join(root, "none")), []);
});
