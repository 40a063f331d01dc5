import fs from "node:fs";
import path from "node:path";
import { isVersionName, openRegistry } from "@crossbill/registry";
import test from "ava";
import { candidate, fingerprint, scratch } from "./helpers.js";

const code = (expected: string): { code: string } => ({ code: expected });

test("an absent registry is sound and empty", async (t) => {
  const registry = openRegistry(path.join(scratch(t), "none"));
  t.deepEqual(await registry.fsck(), { versions: 0, problems: [], leftovers: [] });
  t.is(await registry.current(), null);
  t.deepEqual(await registry.list(), []);
  await t.throwsAsync(registry.resolve("current"), code("E_NO_VERSION"));
  await t.throwsAsync(registry.rollback(), code("E_NO_VERSION"));
  t.false(fs.existsSync(path.join(registry.root, "versions")));
});

test("a publication is numbered, current, complete and shown with its metrics and lineage", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const a = candidate(root, "a");
  const first = await registry.publish(a);
  t.is(first, `v0001-${a.modelSha256.slice(0, 8)}`);
  t.true(isVersionName(first));
  const b = candidate(root, "b");
  const second = await registry.publish(b);
  t.is(second, `v0002-${b.modelSha256.slice(0, 8)}`);
  t.is(await registry.current(), second);
  const resolved = await registry.resolve("current");
  t.deepEqual(resolved, await registry.resolve(second));
  t.is(fs.readFileSync(path.join(resolved.path, "model/model.pb"), "utf8"), "model b");
  t.is(fs.readFileSync(path.join(resolved.path, "state/empty"), "utf8"), "");
  const list = await registry.list();
  t.deepEqual(
    list.map((v) => [v.version, v.current, v.pinned, v.modelSha256, v.bytes]),
    [
      [first, false, false, a.modelSha256, 5007],
      [second, true, false, b.modelSha256, 5007],
    ],
  );
  t.deepEqual(list[1]!.metrics, { auc: 0.75, logLoss: 0.25 });
  t.is(list[1]!.lineage.parent, first);
  t.is(list[1]!.lineage.ingestKey, "b");
  t.deepEqual(await registry.fsck(), { versions: 2, problems: [], leftovers: [] });
});

test("the same publications give the same bytes", async (t) => {
  const root = scratch(t);
  const prints = [];
  for (const name of ["one", "two"]) {
    const registry = openRegistry(path.join(root, name));
    await registry.publish(candidate(root, "a"));
    const { metrics, ...rest } = candidate(root, "b");
    await registry.publish({ ...rest, metrics: name === "one" ? metrics : Object.fromEntries(Object.entries(metrics).reverse()) });
    prints.push(fingerprint(registry.root));
  }
  t.is(prints[0], prints[1]);
});

test("publishing the newest version again makes no second one", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const a = candidate(root, "a");
  const first = await registry.publish(a);
  t.is(await registry.publish(a), first);
  const second = await registry.publish(candidate(root, "b"));
  await registry.rollback();
  t.is(await registry.publish(candidate(root, "b")), second);
  t.is(await registry.current(), second);
  t.is(registry.versions().length, 2);
  t.not(await registry.publish({ ...candidate(root, "b"), metrics: { logLoss: 0.2 } }), second);
});

test("rollback goes to the version before, or to a named one", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const [a, b, c] = [await registry.publish(candidate(root, "a")), await registry.publish(candidate(root, "b")), await registry.publish(candidate(root, "c"))];
  t.is(await registry.rollback(), b);
  t.is(await registry.current(), b);
  t.is(await registry.rollback(), c);
  t.is(await registry.rollback(a), a);
  await t.throwsAsync(registry.rollback("v0009-00000000"), code("E_NO_VERSION"));
  fs.appendFileSync(path.join(registry.pathOf(b), "model/model.pb"), "x");
  await t.throwsAsync(registry.rollback(b), code("E_CORRUPT"));
  t.is(await registry.current(), a);
});

test("a damaged pointer is written anew by a rollback to a named version", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const a = await registry.publish(candidate(root, "a"));
  await registry.publish(candidate(root, "b"));
  fs.appendFileSync(path.join(registry.root, "current.pb"), "x");
  await t.throwsAsync(registry.rollback(), { code: "E_CORRUPT", message: /current\.pb: .*rollback <version>/ });
  await t.throwsAsync(registry.publish(candidate(root, "c")), code("E_CORRUPT"));
  t.is(await registry.rollback(a), a);
  t.is(await registry.current(), a);
  t.deepEqual((await registry.fsck()).problems, []);
});

test("gc keeps the newest, the current, the one before it and the pinned", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const versions = [];
  for (const name of ["a", "b", "c", "d", "e"]) versions.push(await registry.publish(candidate(root, name)));
  const [a, b, c, d, e] = versions as [string, string, string, string, string];
  await registry.pin(a, true);
  await registry.rollback(c);
  t.deepEqual(await registry.gc(1), [b, d]);
  t.deepEqual(registry.versions(), [a, c, e]);
  t.true((await registry.show(a)).pinned);
  await registry.pin(a, false);
  t.deepEqual(await registry.gc(0), [a]);
  t.is(await registry.current(), c);
  t.deepEqual(await registry.fsck(), { versions: 2, problems: [], leftovers: [] });
  await t.throwsAsync(registry.gc(NaN), code("E_GC_KEEP"));
});

test("fsck names every kind of damage", async (t) => {
  const root = scratch(t);
  const damage: Record<string, (directory: string, registry: string) => void> = {
    "its content differs": (d) => fs.writeFileSync(path.join(d, "model/model.pb"), "model A"),
    "8 bytes, 7 were published": (d) => fs.appendFileSync(path.join(d, "model/model.pb"), "x"),
    missing: (d) => fs.rmSync(path.join(d, "state/empty")),
    "not part of the version": (d) => fs.writeFileSync(path.join(d, "model/more"), ""),
    "neither a file nor a folder": (d) => fs.symlinkSync("/etc/passwd", path.join(d, "model/link")),
    "not a folder": (d) => {
      fs.renameSync(d, `${d}-moved`);
      fs.symlinkSync(`${d}-moved`, d);
    },
    "version.pb": (d) => fs.truncateSync(path.join(d, "version.pb"), 50),
    "its manifest is that of": (d) => fs.renameSync(d, path.join(path.dirname(d), "v0007-00000000")),
    "which is not there": (d) => fs.rmSync(d, { recursive: true }),
    "current.pb": (_, r) => fs.writeFileSync(path.join(r, "current.pb"), "nonsense"),
    "not a version": (_, r) => fs.mkdirSync(path.join(r, "versions/old")),
  };
  for (const [words, harm] of Object.entries(damage)) {
    const registry = openRegistry(path.join(root, words.replace(/\W/g, "-")));
    const version = await registry.publish(candidate(root, "a"));
    harm(registry.pathOf(version), registry.root);
    const { problems } = await registry.fsck();
    t.true(
      problems.some((p) => p.includes(words)),
      `${words}: ${problems.join("; ")}`,
    );
  }
});

test("every flipped byte of the manifest and of the pointer is found", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const version = await registry.publish(candidate(root, "a"));
  for (const file of [path.join(registry.pathOf(version), "version.pb"), path.join(registry.root, "current.pb")]) {
    const bytes = fs.readFileSync(file);
    for (let i = 0; i < bytes.length; i += 7) {
      bytes[i]! ^= 1 << (i % 8);
      fs.writeFileSync(file, bytes);
      t.true((await registry.fsck()).problems.length > 0, `byte ${i} of ${file}`);
      bytes[i]! ^= 1 << (i % 8);
    }
    fs.writeFileSync(file, bytes);
  }
  t.deepEqual((await registry.fsck()).problems, []);
});

test("what must not be published is refused and leaves nothing behind", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  await registry.publish(candidate(root, "a"));
  const before = fingerprint(registry.root);
  const b = candidate(root, "b");
  for (const bad of [NaN, Infinity, -Infinity]) await t.throwsAsync(registry.publish({ ...b, metrics: { auc: bad } }), code("E_PUBLISH_METRIC"));
  for (const bad of ["", "../../../x", "ABCD".repeat(16), `${b.modelSha256}0`])
    await t.throwsAsync(registry.publish({ ...b, modelSha256: bad }), code("E_PUBLISH_SHA256"));
  await t.throwsAsync(registry.publish({ ...b, from: path.join(root, "nowhere") }), code("E_NOT_FOUND"));
  fs.mkdirSync(path.join(root, "empty"));
  await t.throwsAsync(registry.publish({ ...b, from: path.join(root, "empty") }), code("E_PUBLISH_EMPTY"));
  fs.symlinkSync("/etc/passwd", path.join(b.from, "model/link"));
  await t.throwsAsync(registry.publish(b), code("E_PATH"));
  t.is(fingerprint(registry.root), before);
});

test("a name that is no version never becomes a path", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const version = await registry.publish(candidate(root, "a"));
  const names = [
    "",
    ".",
    "..",
    "../r",
    `${version}/../${version}`,
    `${version}/`,
    `./${version}`,
    "/etc",
    `${version}\0`,
    `${version}\n`,
    "%2e%2e",
    "V0001-00000000",
    "__proto__",
    "x".repeat(300),
  ];
  for (const name of names) {
    for (const use of [registry.resolve(name), registry.show(name), registry.rollback(name === "" ? ".." : name), registry.pin(name, true)])
      await t.throwsAsync(use, undefined, JSON.stringify(name));
    t.throws(() => registry.pathOf(name), code("E_VERSION_NAME"), JSON.stringify(name));
  }
});
