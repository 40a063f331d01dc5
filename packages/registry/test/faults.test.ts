import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openRegistry } from "@crossbill/registry";
import { acquireLock } from "@crossbill/storage";
import test from "ava";
import { candidate, fingerprint, scratch } from "./helpers.js";

const program = fileURLToPath(new URL("./programs/publish.js", import.meta.url));

function run(root: string, what: string, fault: string): Promise<{ code: number | string | null; signal: string | null; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, root, what], { env: { ...process.env, CROSSBILL_FAULT: fault } }, (error, out) =>
      resolve({ code: error === null ? 0 : (error.code ?? null), signal: error?.signal ?? null, out: out.trim() }),
    );
  });
}

/** Places where a publication may die; most are passed several times. */
const POINTS = [
  "storage:write:kill:1",
  "storage:write:kill:3",
  "storage:sync:kill:2",
  "storage:before-rename:kill:3",
  "storage:after-rename:kill:4",
  "storage:before-publish:kill",
  "storage:after-publish:kill",
  "registry:before-current:kill",
  "storage:after-rename:kill:6",
];

test("a publication killed anywhere leaves a sound registry, and the same call completes it", async (t) => {
  const root = scratch(t);
  const a = candidate(root, "a");
  const b = JSON.stringify(candidate(root, "b"));
  const clean = path.join(root, "clean");
  await openRegistry(clean).publish(a);
  const second = await openRegistry(clean).publish(JSON.parse(b));
  const expected = fingerprint(clean);
  await Promise.all(
    POINTS.map(async (point) => {
      const registry = openRegistry(path.join(root, point.replaceAll(":", "-")));
      const first = await registry.publish(a);
      t.is((await run(registry.root, b, point)).signal, "SIGKILL", point);
      t.deepEqual((await registry.fsck()).problems, [], point);
      t.true([first, second].includes((await registry.current()) ?? ""), point);
      t.true(fs.existsSync((await registry.resolve("current")).path), point);
      const again = await run(registry.root, b, "");
      t.is(again.out, second, `${point}: ${again.code}`);
      await registry.gc(9);
      t.is(fingerprint(registry.root), expected, point);
    }),
  );
});

test("an input/output error fails the publication and changes nothing", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  await registry.publish(candidate(root, "a"));
  const before = fingerprint(registry.root);
  const b = JSON.stringify(candidate(root, "b"));
  for (const point of ["storage:write:error:3", "storage:sync:error:3", "storage:read:error:4", "storage:before-publish:error"]) {
    t.is((await run(registry.root, b, point)).code, 1, point);
    t.is(fingerprint(registry.root), before, point);
  }
});

test("a gc killed in the middle never leaves half a version", async (t) => {
  const root = scratch(t);
  for (const point of ["storage:after-publish:kill", "registry:before-remove:kill"]) {
    const registry = openRegistry(path.join(root, point.replaceAll(":", "-")));
    for (const name of ["a", "b", "c"]) await registry.publish(candidate(root, name));
    t.is((await run(registry.root, "gc", point)).signal, "SIGKILL");
    const { problems, leftovers, versions } = await registry.fsck();
    t.deepEqual(problems, []);
    t.is(leftovers.length, 1);
    t.is(versions, 2);
    t.deepEqual(await registry.gc(1), leftovers);
    t.deepEqual(await registry.fsck(), { versions: 2, problems: [], leftovers: [] });
  }
});

test("a second publication at the same time is refused, and says who publishes", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  const lock = await acquireLock(registry.root, "registry");
  await t.throwsAsync(registry.publish(candidate(root, "a")), { code: "E_LOCKED", message: new RegExp(`${process.pid}`) });
  await lock.release();
  t.is((await registry.publish(candidate(root, "a"))).slice(0, 5), "v0001");
});

test("readers see whole versions only while others are published", async (t) => {
  const root = scratch(t);
  const registry = openRegistry(path.join(root, "r"));
  await registry.publish(candidate(root, "0"));
  let done = false;
  const reader = (async () => {
    let reads = 0;
    for (; !done; reads++) {
      const { problems } = await registry.fsck();
      t.deepEqual(problems, []);
      await registry.list();
    }
    return reads;
  })();
  for (let i = 1; i <= 12; i++) await registry.publish(candidate(root, `${i}`));
  done = true;
  t.true((await reader) > 0);
  t.is(registry.versions().length, 13);
});
