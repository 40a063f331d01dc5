// The command line with what it took, written to the file BENCH_USAGE at its end.
import fs from "node:fs";
import { performance } from "node:perf_hooks";

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS, minorPageFault } = process.resourceUsage();
  const usage = { wall: performance.now() / 1000, cpu: (userCPUTime + systemCPUTime) / 1e6, megabytes: Math.round(maxRSS / 1024), faults: minorPageFault };
  fs.writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
await import("../../bin/crossbill.js");
