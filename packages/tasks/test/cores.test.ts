import os from "node:os";
import { coreBudget, fromTaskError, outputPath, toTaskError } from "@crossbill/tasks";
import test from "ava";

test.serial("The core budget is what is asked, else what the environment says, else the cores", (t) => {
  delete process.env.CROSSBILL_WORKERS;
  t.is(coreBudget(), Math.min(os.availableParallelism(), 256));
  process.env.CROSSBILL_WORKERS = "3";
  t.is(coreBudget(), 3);
  t.is(coreBudget(5), 5);
  process.env.CROSSBILL_WORKERS = "many";
  t.throws(() => coreBudget(), { code: "E_WORKERS", message: /CROSSBILL_WORKERS/ });
  delete process.env.CROSSBILL_WORKERS;
  for (const bad of [0, -1, 1.5, 257, Number.NaN]) t.throws(() => coreBudget(bad), { code: "E_WORKERS" });
});

test("An error from elsewhere is read without trusting it", (t) => {
  const error = fromTaskError({ code: "constructor", message: "m", exitCode: 77, details: '{"__proto__": {"x": 1}, "a": 2}' });
  t.deepEqual([error.code, error.exitCode, error.details, Object.getPrototypeOf(error.details)], ["E_INTERNAL", 1, { a: 2 }, Object.prototype]);
  t.regex(String(fromTaskError({ code: "E_X", details: "{" }).details.unreadableDetails), /SyntaxError/);
  t.is(toTaskError("text").message, "text");
});

test("An output's name cannot leave the store", (t) => {
  const key = "a".repeat(64);
  t.is(outputPath("/r", key, "x.arrow"), `/r/objects/aa/${key}-x.arrow`);
  for (const [k, name] of [
    [key, "../x"],
    [key, "a/b"],
    [key, ""],
    ["../..", "x"],
    [key.toUpperCase(), "x"],
  ] as const)
    t.throws(() => outputPath("/r", k, name), { code: "E_PATH" });
});
