// The lint rules that keep the walls of the workspace:
// - a package imports only what tools/layers.json allows, by its entry point, and what it declares in its package.json;
// - files are written only by @crossbill/storage (and printing is left to the command line);
// - JavaScript's own transcendental functions are not used where bits are promised;
// - every package carries its layer as an nx tag (shown by `npx nx graph`), and every tsconfig references exactly
//   the packages its package.json names (both written with --write).
import fs from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { filesUnder, packages, root } from "./workspace.mjs";

const WRITERS =
  /\bfs\.(?:promises\.)?(?:(?:write|append|rename|mkdir|rm|unlink|copyFile|cp|createWriteStream|truncate|symlink|link|chmod)\w*\(|open(?:Sync)?\([^)]*,\s*["'][wa])/;
const MATHS =
  /\bMath\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|sinh|cosh|atan|atan2|asin|acos|cbrt|hypot)\b|(?<![^\w.]2)(?<=[\w)\]])\s\*\*\s(?!\d+\b)/;
const MAY_WRITE = new Set(["storage"]);
const MAY_PRINT = new Set(["crossbill"]);
const MAY_USE_MATHS = new Set(["report", "demos/clicks", "demos/census"]);
const internal = new Map(packages.map((p) => [p.package, p]));
const write = process.argv.includes("--write");
const problems = [];

for (const p of packages) {
  const manifest = JSON.parse(fs.readFileSync(path.join(p.directory, "package.json"), "utf8"));
  const tags = [`layer:${p.layer}`];
  if (JSON.stringify(manifest.nx?.tags) !== JSON.stringify(tags)) {
    if (write) fs.writeFileSync(path.join(p.directory, "package.json"), `${JSON.stringify({ ...manifest, nx: { ...manifest.nx, tags } }, null, 2)}\n`);
    else problems.push(`${rel(p.directory)}/package.json: nx.tags must be ${JSON.stringify(tags)}; run: node tools/check-imports.mjs --write`);
  }
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }));
  for (const name of declared)
    if (internal.has(name) && !p.mayImport.includes(name))
      problems.push(`${rel(p.directory)}/package.json depends on ${name}: not among what ${p.name} may import`);
  for (const file of filesUnder(path.join(p.directory, "src"), /\.(ts|mts|mjs|js)$/)) {
    const lines = fs.readFileSync(file, "utf8").split("\n");
    lines.forEach((line, i) => {
      const at = `${rel(file)}:${i + 1}`;
      for (const name of importedNames(line)) {
        if (name.startsWith(".") || isBuiltin(name)) continue;
        const bare = name
          .split("/")
          .slice(0, name.startsWith("@") ? 2 : 1)
          .join("/");
        if (internal.has(bare)) {
          if (bare !== p.package && !p.mayImport.includes(bare)) problems.push(`${at}: ${p.name} may not import ${bare}`);
          if (name !== bare) problems.push(`${at}: ${name} reaches into ${bare}; import its entry point`);
        }
        if (bare !== p.package && !declared.has(bare)) problems.push(`${at}: ${bare} is not a dependency in package.json`);
      }
      const code = line.replace(/\/\/.*$/, "").replace(/^\s*\*.*$/, "");
      if (WRITERS.test(code) && !MAY_WRITE.has(p.name)) problems.push(`${at}: only @crossbill/storage writes files`);
      if (/\bconsole\.\w+\(|process\.(?:stdout|stderr)\.write\(/.test(code) && !MAY_PRINT.has(p.name)) problems.push(`${at}: libraries never print`);
      if (/\bprocess\.exit\(/.test(code) && !MAY_PRINT.has(p.name) && !/fault/.test(file)) problems.push(`${at}: libraries never exit`);
      if (MATHS.test(code) && !MAY_USE_MATHS.has(p.name))
        problems.push(`${at}: Math's transcendental functions differ between engines; use @crossbill/numerics`);
    });
    if (/catch\s*(\([^)]*\))?\s*\{\s*\}/.test(fs.readFileSync(file, "utf8"))) problems.push(`${rel(file)}: empty catch block`);
  }
  const config = path.join(p.directory, "tsconfig.json");
  if (!fs.existsSync(config)) continue;
  const tsconfig = JSON.parse(fs.readFileSync(config, "utf8"));
  const wanted = [...declared].filter((name) => internal.has(name)).map((name) => ({ path: path.relative(p.directory, internal.get(name).directory) }));
  if (JSON.stringify(tsconfig.references ?? []) === JSON.stringify(wanted)) continue;
  if (write) fs.writeFileSync(config, `${JSON.stringify({ ...tsconfig, references: wanted }, null, 2)}\n`);
  else problems.push(`${rel(config)}: references differ from package.json; run: node tools/check-imports.mjs --write`);
}
for (const problem of problems) console.error(problem);
console.log(`check-imports: ${packages.length} packages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

function rel(file) {
  return path.relative(root, file);
}

function importedNames(line) {
  return [...line.matchAll(/(?:^\s*(?:import|export)\b[^"']*?\bfrom\s*|^\s*import\s*|\bimport\(\s*|^\}\s*from\s*)["']([^"']+)["']/g)].map((m) => m[1]);
}
