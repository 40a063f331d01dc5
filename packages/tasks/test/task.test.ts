import { createHash } from "node:crypto";
import { v1 } from "@crossbill/messages";
import { checkTask, makeTask, taskKey } from "@crossbill/tasks";
import test from "ava";
import fc from "fast-check";

const sha = fc.integer({ min: 0, max: 3 }).map((n) => createHash("sha256").update(String(n)).digest("hex"));
const text = fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("", "a", "aa", "1", "11"));
const parts = fc.record({
  build: text,
  step: text,
  params: fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    text.map((t) => new Uint8Array(Buffer.from(t))),
  ),
  inputs: fc.array(fc.oneof(sha, text), { maxLength: 3 }),
});

/** The slow twin: the bytes that are hashed, as a list of lengths and parts. */
function plain(p: { build: string; step: string; params: Uint8Array; inputs: string[] }): string {
  return JSON.stringify([p.build, p.step, [...p.params], p.inputs]);
}

test("Different parts give different keys, equal parts the same key", (t) => {
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const [x, y] = [taskKey(a.build, a.step, a.params, a.inputs), taskKey(b.build, b.step, b.params, b.inputs)];
      return (x === y) === (plain(a) === plain(b)) && x === taskKey(a.build, a.step, Uint8Array.from(a.params), [...a.inputs]);
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test("Moving bytes from one part to the next changes the key", (t) => {
  const none = new Uint8Array();
  const keys = [
    taskKey("ab", "c", none, []),
    taskKey("a", "bc", none, []),
    taskKey("abc", "", none, []),
    taskKey("ab", "", Buffer.from("c"), []),
    taskKey("ab", "", none, ["c"]),
    taskKey("ab", "c", none, [""]),
  ];
  t.is(new Set(keys).size, keys.length);
});

test("Keys stay what they are: a change here makes every kept result worthless", (t) => {
  t.is(taskKey("build", "step", Buffer.from("params"), ["ab", "cd"]), "5b2701539649b03db140cc7b5cd892af7b7cb44440ce0fe0130a43efdb6d50b0");
});

test("Where inputs lie is no part of the key", (t) => {
  const sha256 = "0".repeat(64);
  const here = makeTask({ step: "scan", params: new Uint8Array([1]), build: "b", inputs: [{ uri: "/data/a.csv", offset: 0, length: 9, sha256 }] });
  const there = makeTask({ step: "scan", params: new Uint8Array([1]), build: "b", inputs: [{ uri: "b/c", offset: 100, length: 9, sha256 }] });
  t.is(here.key, there.key);
  t.is(here.inputs[0]?.uri, "/data/a.csv");
});

test("A step that is no name and an input without a hash are refused", (t) => {
  t.throws(() => makeTask({ step: "../x", params: new Uint8Array(), build: "b", inputs: [] }), { code: "E_TASK" });
  t.throws(() => makeTask({ step: "x", params: new Uint8Array(), build: "b", inputs: [{ uri: "u" }] }), { code: "E_TASK", message: /input 0 \(u\)/ });
});

test("A task that was changed, or written by another version, is refused", (t) => {
  const task = makeTask({ step: "scan", params: new Uint8Array([1]), build: "b", inputs: [] });
  t.notThrows(() => checkTask(task));
  t.throws(() => checkTask(Object.assign(v1.Task.create(task), { params: new Uint8Array([2]) })), { code: "E_TASK_KEY" });
  t.throws(() => checkTask(Object.assign(v1.Task.create(task), { protocol: 2 })), { code: "E_TASK_PROTOCOL" });
});
