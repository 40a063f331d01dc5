import { spawnSync } from "node:child_process";
import { armFaults, faultPoint, faultsArmed, parseFaults } from "@crossbill/storage";
import test from "ava";

test.afterEach(() => armFaults(""));

test.serial("A fault strikes when its point is passed for the n-th time, once", (t) => {
  armFaults("train:step:throw:3");
  faultPoint("train", "step");
  faultPoint("train", "other");
  faultPoint("ingest", "step");
  faultPoint("train", "step");
  t.throws(() => faultPoint("train", "step"), { code: "E_FAULT", message: /train:step/ });
  t.notThrows(() => faultPoint("train", "step"));
});

test.serial("A star stands for any stage or point, and several faults may be armed", (t) => {
  armFaults("*:rename:error,train:*:throw:2");
  t.true(faultsArmed());
  t.throws(() => faultPoint("storage", "rename"), { code: "E_IO" });
  faultPoint("train", "a");
  t.throws(() => faultPoint("train", "b"), { code: "E_FAULT" });
});

test.serial("Sleeps come every time and change nothing else", (t) => {
  armFaults("gang:*:sleep");
  const start = performance.now();
  for (let i = 0; i < 50; i++) faultPoint("gang", `stage${i}`);
  t.true(performance.now() - start > 5);
});

test("What is no fault is refused with what is allowed", (t) => {
  t.deepEqual(parseFaults(""), []);
  t.deepEqual(parseFaults("a:b:kill"), [{ stage: "a", point: "b", kind: "kill", nth: 1 }]);
  for (const bad of ["a", "a:b", "a:b:die", "a:b:throw:0", "a:b:throw:x", "a:b:throw:1:2", ":b:throw", "a:b:throw,"])
    t.throws(() => parseFaults(bad), { code: "E_FAULT_SPEC", message: /stage:point:kind/ });
});

test("The environment arms a process: exit, kill and hang end it or do not let it end", (t) => {
  const run = (fault: string): ReturnType<typeof spawnSync> =>
    spawnSync(
      process.execPath,
      ["--input-type=module", "-e", 'import { faultPoint } from "@crossbill/storage"; faultPoint("a", "b"); console.log("passed");'],
      { env: { ...process.env, CROSSBILL_FAULT: fault }, encoding: "utf8", timeout: 1500, killSignal: "SIGTERM" },
    );
  t.is(run("").stdout, "passed\n");
  t.is(run("a:b:exit").status, 70);
  t.is(run("a:b:kill").signal, "SIGKILL");
  t.is(run("a:b:hang").signal, "SIGTERM");
  t.regex(String(run("nonsense").stderr), /E_FAULT_SPEC/);
});
