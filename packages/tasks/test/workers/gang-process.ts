// A program of its own: node gang-process.js <kind>. Prints the gang's outcome and how many threads of the process are left over; must then end by itself.
import fs from "node:fs";
import { runGang } from "@crossbill/tasks";

const threads = (): number => fs.readdirSync("/proc/self/task").length;
const run = (kind: string): Promise<string> =>
  runGang({ module: new URL("./gang-trouble.js", import.meta.url), workers: 3, data: { kind, who: 1 }, hangTimeoutMs: 500 }).then(
    () => "done",
    (thrown: { code: string }) => thrown.code,
  );
await run("echo");
const before = threads();
const outcome = await run(process.argv[2] as string);
process.stdout.write(JSON.stringify({ outcome, left: threads() - before }));
