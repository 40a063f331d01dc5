import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { readWhole } from "@crossbill/storage";
import type { EmbeddingTable } from "./embedding-file.js";

/**
 * Vectors from a file: `.arrow` (fields `key` utf8 and `vector`, a list of as many float32 or float64 each) or `.tsv` (a first line of names, then a key and its numbers a line), as `exportModel` writes them.
 * @throws E_EMBEDDING_FILE (exit code 2) where it is none, a key comes twice, or a number is not finite; E_NOT_FOUND, E_IO
 */
export async function importEmbedding(file: string): Promise<EmbeddingTable> {
  const bytes = await readWhole(file);
  const fail = (problem: string): never => {
    throw new CrossbillError("E_EMBEDDING_FILE", `${file}: ${problem}; .arrow and .tsv files as \`crossbill export\` writes them are allowed`, { exitCode: 2 });
  };
  const extension = path.extname(file);
  if (extension !== ".arrow" && extension !== ".tsv") fail(`files that end in ${JSON.stringify(extension)} hold no embedding`);
  const { decodeEmbedding, parseEmbedding } = await import("./embedding-file.js");
  let read: EmbeddingTable;
  try {
    read = extension === ".arrow" ? decodeEmbedding(bytes) : parseEmbedding(bytes);
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause));
  }
  if (new Set(read.keys).size !== read.keys.length) fail("a key comes twice");
  const at = read.vectors.findIndex((x) => !Number.isFinite(x));
  if (at >= 0) fail(`a number of ${JSON.stringify(read.keys[Math.floor(at / read.dimension)])} is ${read.vectors[at]}`);
  return read;
}
