// Bundles what the command line runs, once it is compiled: packages/crossbill/dist/bundle. Part of the build of package crossbill.
// Every run starts five threads and more, and each of them would find, read and link hundreds of small modules, which took most of a small run's time.
// Files that a module finds beside itself (`new URL("./x", import.meta.url)`: what threads run, the kernels) become entries of the bundle, or are copied to it.
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { besideOf, FOR_NODE, withBeside } from "./beside.mjs";
import { filesUnder, packages, root } from "./workspace.mjs";

/** They find files of their own by their place, or may not be there: not bundled, but dependencies of crossbill. */
const OUTSIDE = ["piscina", "parquet-wasm", "jiti"];
const OPTIONAL = ["@aws-sdk/client-s3"];
const MANIFEST = /createRequire\(import\.meta\.url\)\("(\.[^"]+\/package\.json)"\)/g;

const home = path.join(root, "packages/crossbill");
const outdir = path.join(home, "dist/bundle");
const { dependencies } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
for (const name of OUTSIDE)
  if (dependencies[name] === undefined) throw new Error(`packages/crossbill/package.json: ${name} is not bundled and must be a dependency`);

const folders = packages.filter((p) => p.package === "crossbill" || dependencies[p.package] !== undefined).map((p) => path.join(p.directory, "dist"));
const beside = besideOf(folders.flatMap((folder) => filesUnder(folder, /\.js$/)).filter((file) => !file.startsWith(outdir)));
const entries = [...beside.filter((file) => file.endsWith(".js")), path.join(home, "dist/index.js"), path.join(home, "dist/cli/main.js")];

fs.rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: Object.fromEntries(entries.map((file) => [nameOf(file).replace(/\.js$/, ""), file])),
  outdir,
  ...FOR_NODE,
  external: [...OUTSIDE, ...OPTIONAL],
  sourcemap: "linked",
  sourcesContent: false,
  metafile: true,
  plugins: [{ name: "beside", setup: (own) => own.onLoad({ filter: /\.js$/ }, ({ path: file }) => load(file)) }],
});
for (const file of beside.filter((name) => !name.endsWith(".js"))) fs.copyFileSync(file, path.join(outdir, nameOf(file)));
fs.writeFileSync(path.join(outdir, "third-party-licenses.txt"), licenses(Object.keys(metafile.inputs)));

/** The flat name in the bundle of a file of one of our packages: all files there lie side by side. */
function nameOf(file) {
  const { directory, name } = packages.find((p) => file.startsWith(path.join(p.directory, "dist") + path.sep));
  return [name, ...path.relative(path.join(directory, "dist"), file).split(path.sep)].join("-");
}

/** One of our own modules, with the places and manifests it asks for as they are in the bundle. */
function load(file) {
  if (!folders.some((folder) => file.startsWith(folder + path.sep))) return undefined;
  const at = (relative) => path.resolve(path.dirname(file), relative);
  const contents = withBeside(file, nameOf).replace(
    MANIFEST,
    (_, relative) => `(${JSON.stringify({ version: JSON.parse(fs.readFileSync(at(relative), "utf8")).version })})`,
  );
  return { contents, loader: "js" };
}

/** What the licences of bundled packages ask for: their texts. */
function licenses(inputs) {
  const bundled = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  return [...bundled]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => {
      const folder = path.join(root, name);
      const { version, license } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
      const texts = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
      return [`${name.replace(/^.*node_modules\//, "")} ${version}: ${license}`, ...texts.map((file) => fs.readFileSync(path.join(folder, file), "utf8"))].join(
        "\n\n",
      );
    })
    .join(`\n\n${"-".repeat(80)}\n\n`);
}
