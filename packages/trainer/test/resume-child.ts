// Trains in a process of its own, to be killed by CROSSBILL_FAULT. Argument: the work folder.
import { RESUME_RUN } from "./resume-run.js";
import { problem, trainOn } from "./support.js";

await trainOn(problem(...RESUME_RUN.rows), { ...RESUME_RUN.run, root: process.argv[2]! });
