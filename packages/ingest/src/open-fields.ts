import fs from "node:fs";
import type { Head } from "./read-head.js";
import { openSource, readInto } from "./source-bytes.js";

const CHUNK_BYTES = 2 ** 20;

/**
 * Heads of files that say row by row which fields they have (JSON lines), each with all fields that any of them has shown, and those of `named` that no first row has
 * but whose names stand somewhere in a file: a rare field is a field, one that is nowhere is not. Other heads are as they were.
 * @param searched heads whose fields hold all of `named` that their files do
 * @throws E_INPUT_CHANGED, E_IO
 */
export function joinOpenHeads(heads: readonly Head[], named: Iterable<string>, searched: ReadonlySet<Head> = new Set()): Head[] {
  const open = heads.filter((head) => head.open === true);
  if (open.length === 0) return [...heads];
  const fields = new Set(open.flatMap((head) => head.fields));
  let missing = [...new Set(named)].filter((name) => name !== "" && !fields.has(name));
  for (const head of open) {
    if (missing.length === 0) break;
    if (searched.has(head)) continue;
    const found = findNames(head, missing);
    for (const name of found) fields.add(name);
    missing = missing.filter((name) => !found.has(name));
  }
  const all = [...fields];
  return heads.map((head) => (head.open === true ? { ...head, fields: all } : head));
}

/** Those of `names` that stand in quotes in the file, as JSON.stringify writes them. */
function findNames({ path, size }: Head, names: readonly string[]): Set<string> {
  const wanted = new Map(names.map((name) => [name, Buffer.from(JSON.stringify(name))]));
  const longest = Math.max(...[...wanted.values()].map(({ length }) => length));
  const found = new Set<string>();
  const chunk = Buffer.alloc(Math.min(size, CHUNK_BYTES + longest));
  const file = openSource(path);
  try {
    for (let offset = 0; offset < size && wanted.size > 0; offset += CHUNK_BYTES) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, size - offset));
      readInto(file, path, bytes, offset);
      for (const [name, text] of wanted) {
        if (!bytes.includes(text)) continue;
        found.add(name);
        wanted.delete(name);
      }
    }
  } finally {
    fs.closeSync(file);
  }
  return found;
}
