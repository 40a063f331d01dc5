// Trains a network in a process of its own, to be killed by CROSSBILL_FAULT. Argument: the work folder.
import { KILLED_RUN, NETWORK_RUN } from "./network-run.js";
import { trainOn } from "./support.js";

await trainOn(NETWORK_RUN.problem(), { ...KILLED_RUN, options: { ...KILLED_RUN.options, workers: 2 }, root: process.argv[2]! });
