// node locker.js <folder> <rounds>: takes the lock again and again; prints "overlap" if ever another process is inside too; dies inside at the end.
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CrossbillError } from "@crossbill/messages";
import { acquireLock } from "@crossbill/storage";

const folder = process.argv[2] as string;
const inside = path.join(folder, "inside");
const rounds = Number(process.argv[3]);
for (let done = 0; ; ) {
  try {
    const lock = await acquireLock(folder, "run");
    try {
      fs.writeFileSync(inside, "", { flag: "wx" });
      if (done % 3 === 0) await sleep(1);
      fs.unlinkSync(inside);
    } catch (thrown) {
      process.stdout.write(`overlap: ${String(thrown)}\n`);
    }
    if (++done === rounds) process.kill(process.pid, "SIGKILL");
    await lock.release();
  } catch (thrown) {
    if (!(thrown instanceof CrossbillError && thrown.code === "E_LOCKED")) throw thrown;
    await sleep(Math.random() * 3);
  }
}
