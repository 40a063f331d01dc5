import { readManifest } from "@crossbill/ingest";
import { v1 } from "@crossbill/messages";
import { loadModel } from "@crossbill/models";
import { inlineExecutor } from "@crossbill/tasks";
import { evaluate } from "../dist/index.js";
import { HANDLERS } from "./example.js";

/** Arguments: work folder, model, times. Measures the test packs so many times over and prints what it took: rows, and the peak of memory in bytes. */
const [root, folder, times] = process.argv.slice(2) as [string, string, string];
const manifest = (await readManifest(root))!;
const own = manifest.partitions.flatMap(({ packs }) => (packs ?? []) as v1.Pack[]).filter(({ part }) => part === v1.Part.TEST);
const packs = Array.from({ length: Number(times) }, () => own).flat();
const executor = inlineExecutor({ handlers: HANDLERS, root });
const { rows } = await evaluate({ root, model: await loadModel(folder), packs, manifest, executor, slices: [["country"]] });
process.stdout.write(JSON.stringify({ rows, peak: process.resourceUsage().maxRSS * 1024 }));
