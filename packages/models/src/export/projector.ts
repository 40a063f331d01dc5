import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { atomicWrite, sha256Hex, type Written } from "@crossbill/storage";
import { embeddingOf } from "../embeddings/embedding-of.js";
import type { Model } from "../model.js";
import { linesOf, tsvText } from "./tsv.js";

/** Vectors for TensorBoard's projector. */
export interface ProjectorTensor {
  readonly name: string;
  readonly dimension: number;
  /** f32[rows][dimension] */
  readonly vectors: Float32Array;
  /** Names of what is told of a row, and that of each. */
  readonly header: readonly string[];
  readonly metadata: readonly (readonly string[])[];
}

/** The embeddings of a model, by table. @throws E_EXPORT_FORMAT (exit code 2) where it has none */
export function projectorTensors(model: Model): ProjectorTensor[] {
  const tables = model.network?.plan.tables ?? [];
  if (tables.length === 0)
    throw new CrossbillError("E_EXPORT_FORMAT", "tensorboard is for embeddings, and this model has none; onnx, arrow and tsv are for its weights", {
      exitCode: 2,
    });
  return tables.map(({ name }) => {
    const { column, dimension, vectors, keys } = embeddingOf(model, name);
    return { name, dimension, vectors, header: [column], metadata: keys.map((key) => [key]) };
  });
}

/**
 * Writes `<name>/tensor.tsv` and `<name>/metadata.tsv` of each tensor into the folder `dir`, and `projector_config.pbtxt`, which names them, last: `tensorboard --logdir <dir>` shows them. Metadata of one column have no header, as the projector wants
 * it; in names of folders other characters than letters, digits, `.`, `_` and `-` are `%` and their code.
 * @returns bytes of all files, and the SHA-256 of their hashes @throws E_NO_SPACE, E_IO
 */
export async function writeProjector(dir: string, tensors: readonly ProjectorTensor[]): Promise<Pick<Written, "length" | "sha256">> {
  const written: Written[] = [];
  for (const { name, dimension, vectors, header, metadata } of tensors) {
    const folder = path.join(dir, folderOf(name));
    const rows = vectors.length / dimension;
    written.push(await atomicWrite(path.join(folder, "tensor.tsv"), linesOf(numberLines(vectors, dimension, rows))));
    const lines = metadata.map((cells) => cells.map(tsvText).join("\t"));
    written.push(await atomicWrite(path.join(folder, "metadata.tsv"), linesOf(header.length > 1 ? [header.map(tsvText).join("\t"), ...lines] : lines)));
  }
  written.push(await atomicWrite(path.join(dir, "projector_config.pbtxt"), Buffer.from(tensors.map(({ name }) => configOf(name)).join(""))));
  return {
    length: written.reduce((sum, { length }) => sum + length, 0),
    sha256: sha256Hex(Buffer.from(written.map(({ sha256 }) => sha256).join("\n"))),
  };
}

function* numberLines(vectors: Float32Array, dimension: number, rows: number): Generator<string> {
  for (let row = 0; row < rows; row++) yield vectors.subarray(row * dimension, (row + 1) * dimension).join("\t");
}

function configOf(name: string): string {
  const folder = JSON.stringify(folderOf(name)).slice(1, -1);
  return `embeddings {\n  tensor_name: ${JSON.stringify(name)}\n  tensor_path: "${folder}/tensor.tsv"\n  metadata_path: "${folder}/metadata.tsv"\n}\n`;
}

function folderOf(name: string): string {
  const safe = Array.from(Buffer.from(name), (byte) => {
    const one = String.fromCharCode(byte);
    return /[A-Za-z0-9._-]/.test(one) ? one : `%${byte.toString(16).padStart(2, "0")}`;
  }).join("");
  return /^\.+$/.test(safe) ? safe.replaceAll(".", "%2e") : safe;
}
