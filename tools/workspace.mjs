// The one description of the workspace (tools/layers.json), read by the tools: which package lives where, on which layer, and what it may import.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const layers = JSON.parse(fs.readFileSync(path.join(root, "tools/layers.json"), "utf8"));

export const packageName = (name) =>
  name.startsWith("demos/") ? `@crossbill/demo-${name.slice("demos/".length)}` : name === "crossbill" ? "crossbill" : `@crossbill/${name}`;

/** { name, directory, package, layer, mayImport: npm names } of every package. */
export const packages = Object.entries(layers).map(([name, { layer, mayImport }]) => ({
  name,
  directory: path.join(root, "packages", name),
  package: packageName(name),
  layer,
  mayImport: mayImport.map(packageName),
}));

/** Files under `directory` whose names match, depth first, without build output. */
export function filesUnder(directory, pattern) {
  if (!fs.existsSync(directory)) return [];
  return fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const at = path.join(directory, entry.name);
    if (entry.isDirectory()) return ["node_modules", "dist", "dist-test", "gen", ".crossbill"].includes(entry.name) ? [] : filesUnder(at, pattern);
    return pattern.test(entry.name) ? [at] : [];
  });
}
