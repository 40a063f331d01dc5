import { spawn } from "node:child_process";
import { once } from "node:events";
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

test("The environment arms a process: exit, kill and hang end it or do not let it end", async (t) => {
  const code = 'import { faultPoint } from "@crossbill/storage"; console.log("reached"); faultPoint("a", "b"); console.log("passed");';
  const run = async (fault: string): Promise<{ out: string; error: string; status: number | null; signal: string | null }> => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { env: { ...process.env, CROSSBILL_FAULT: fault } });
    let [out, error] = ["", ""];
    child.stderr.on("data", (data: Buffer) => (error += data.toString()));
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
      // One that hangs is given time to end by itself before it is ended.
      if (fault.endsWith("hang")) setTimeout(() => child.kill("SIGTERM"), 300);
    });
    const [status, signal] = (await once(child, "close")) as [number | null, string | null];
    return { out, error, status, signal };
  };
  t.is((await run("")).out, "reached\npassed\n");
  t.is((await run("a:b:exit")).status, 70);
  t.is((await run("a:b:kill")).signal, "SIGKILL");
  t.like(await run("a:b:hang"), { out: "reached\n", signal: "SIGTERM" });
  t.regex((await run("nonsense")).error, /E_FAULT_SPEC/);
});
