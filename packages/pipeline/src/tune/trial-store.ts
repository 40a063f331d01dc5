import fs from "node:fs";
import path from "node:path";
import { decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { isDamage, isTemporaryName, readSealed, removeTree, writeSealed } from "@crossbill/storage";

const RESULT = "trial";
const LOSSES = "trial.losses";

/** What one row costs, of all rows a trial was measured on. f64[N] each. */
export interface RowLosses {
  readonly losses: Float64Array;
  readonly weights: Float64Array;
  /** Absent: not kept. */
  readonly labels?: Float64Array;
  readonly predictions?: Float64Array;
}

/** Results of trials by their keys, below `<work folder>/<name>/trials`. */
export class TrialStore {
  readonly #folder: string;

  constructor(root: string, name = "tune") {
    this.#folder = path.join(root, name, "trials");
  }

  /** Where a trial works; what else lies there is gone when it has a result. */
  folderOf(key: string): string {
    return path.join(this.#folder, key.slice(0, 32));
  }

  /** null: not known, or damaged and to be made again. */
  async read(key: string): Promise<v1.TrialResult | null> {
    const file = this.#file(key, "trial.pb");
    const payload = await readKnown(file, RESULT);
    const result = payload === null ? null : decodeMessage(v1.TrialResult, payload, file);
    return result?.key === key ? result : null;
  }

  /** @throws what reading a sealed message throws: call it of a trial with a result */
  async losses(key: string): Promise<RowLosses> {
    const file = this.#file(key, "losses.pb");
    const { payload } = await readSealed(file, LOSSES);
    const message = decodeMessage(v1.TrialLosses, payload, file);
    const losses = floats(message.losses);
    const kept = message.labels.length === 0 ? {} : { labels: floats(message.labels), predictions: floats(message.predictions) };
    return { losses, weights: message.weights.length === 0 ? new Float64Array(losses.length).fill(1) : floats(message.weights), ...kept };
  }

  /** The result last: who reads it finds the losses. */
  async write(result: v1.TrialResult, rows: RowLosses | null): Promise<void> {
    if (rows !== null) {
      const { losses, weights, labels, predictions } = rows;
      const message = {
        key: result.key,
        losses: bytes(losses),
        weights: weights.every((w) => w === 1) ? new Uint8Array(0) : bytes(weights),
        ...(labels === undefined || predictions === undefined ? {} : { labels: bytes(labels), predictions: bytes(predictions) }),
      };
      await writeSealed(this.#file(result.key, "losses.pb"), LOSSES, 1, encodeMessage(v1.TrialLosses, message));
    }
    await writeSealed(this.#file(result.key, "trial.pb"), RESULT, 1, encodeMessage(v1.TrialResult, result));
  }

  /** Removes every trial but those with these keys. */
  async keep(keys: ReadonlySet<string>): Promise<void> {
    await keepFolders(this.#folder, new Set([...keys].map((key) => path.basename(this.folderOf(key)))));
  }

  #file(key: string, name: string): string {
    return path.join(this.folderOf(key), name);
  }
}

/** Removes the folders in `parent` that are not named. */
export async function keepFolders(parent: string, names: ReadonlySet<string>): Promise<void> {
  if (!fs.existsSync(parent)) return;
  for (const name of fs.readdirSync(parent)) if (!names.has(name) && !isTemporaryName(name)) await removeTree(path.join(parent, name));
}

async function readKnown(file: string, kind: string): Promise<Uint8Array | null> {
  if (!fs.existsSync(file)) return null;
  try {
    return (await readSealed(file, kind)).payload;
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return null;
  }
}

/** Little-endian, as every machine this runs on has them. */
function bytes(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function floats(message: Uint8Array): Float64Array {
  return new Float64Array(message.slice().buffer);
}
