// Trains in a process of its own, to be killed by CROSSBILL_FAULT. Arguments: the work folder, fields of the training's specification as JSON.
import { RESUME_RUN } from "./resume-run.js";
import { problem, trainOn } from "./support.js";

await trainOn(problem(...RESUME_RUN.rows), {
  ...RESUME_RUN.run,
  train: { ...RESUME_RUN.run.train, ...JSON.parse(process.argv[3] ?? "{}") },
  root: process.argv[2]!,
});
