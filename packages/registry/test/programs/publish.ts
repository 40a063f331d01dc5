// node publish.js <registry> <JSON of PublishOptions | "gc">: what a killed process would have been doing.
import { openRegistry } from "@crossbill/registry";

const [root, what] = process.argv.slice(2) as [string, string];
const registry = openRegistry(root);
if (what === "gc") console.log((await registry.gc(1)).join());
else console.log(await registry.publish(JSON.parse(what)));
