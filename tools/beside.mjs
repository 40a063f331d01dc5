// What a module finds beside itself, `new URL("./x", import.meta.url)`: what threads and processes run, the kernels. In a bundle these are entries of their own, or copies.
import fs from "node:fs";
import path from "node:path";

const PLACES = /new URL\("(\.\/[^"]+)", import\.meta\.url\)|import\.meta\.url/g;

/** How modules are bundled for Node.js. */
export const FOR_NODE = {
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.19",
  mainFields: ["module", "main"],
  // CommonJS modules in the bundle ask for Node.js's own.
  banner: { js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);' },
  logLevel: "warning",
};

/** The files that modules among `files` find beside them and that are there. */
export function besideOf(files) {
  return files.flatMap((file) =>
    [...fs.readFileSync(file, "utf8").matchAll(PLACES)]
      .filter(([, relative]) => relative !== undefined)
      .map(([, relative]) => path.resolve(path.dirname(file), relative))
      .filter((found) => fs.existsSync(found)),
  );
}

/**
 * The text of `file` for a bundle in one flat folder, where a file beside it is called `nameOf(file)`. What has no name there (undefined) is looked for from `place`,
 * an expression, as is everything else.
 */
export function withBeside(file, nameOf, place = "import.meta.url") {
  return fs.readFileSync(file, "utf8").replace(PLACES, (_, relative) => {
    const name = relative === undefined ? undefined : nameOf(path.resolve(path.dirname(file), relative));
    if (name !== undefined) return `new URL("./${name}", import.meta.url)`;
    return relative === undefined ? place : `new URL("${relative}", ${place})`;
  });
}
