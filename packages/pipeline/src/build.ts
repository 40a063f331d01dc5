import { createRequire } from "node:module";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/** Part of every key: what one version of Crossbill made is not taken for another's. */
export const BUILD = `crossbill ${version}`;
