// A program of its own: node cached-run.js <root>. Sweeps, then runs four tasks inline.
import { sweepTemporaries } from "@crossbill/storage";
import { inlineExecutor, runCached } from "@crossbill/tasks";
import { HANDLERS, task } from "../helpers.js";

const root = process.argv[2] as string;
await sweepTemporaries(root);
await runCached(
  inlineExecutor({ handlers: [HANDLERS], root }),
  ["a", "b", "c", "d"].map((text) => task("shout", text)),
  { root },
);
