import path from "node:path";
import { ingest } from "@crossbill/ingest";
import { encodeMessage, v1 } from "@crossbill/messages";
import { sha256Hex } from "@crossbill/storage";
import type { Executor } from "@crossbill/tasks";
import { BUILD } from "../build.js";
import type { CompiledConfig } from "../config/compile.js";
import type { RunContext } from "../context.js";
import type { Serial } from "./at-once.js";
import { keepFolders } from "./trial-store.js";

/** Packs that trials train on and are measured on. */
export interface PackSet {
  readonly root: string;
  readonly manifest: v1.IngestManifest;
  /** Over `root`. */
  readonly executor: Executor;
}

/** The packs of the work folder, and for trials with other columns packs of their own below `<work folder>/<name>/packs`, ingested when the first of them asks. */
export class PackSets {
  readonly #run: RunContext;
  readonly #serial: Serial;
  readonly #base: string;
  readonly #folder: string;
  readonly #sets = new Map<string, Promise<PackSet>>();

  /** @param manifest of the work folder @param serial what ingestions wait in */
  constructor(run: RunContext, manifest: v1.IngestManifest, serial: Serial, name: string) {
    this.#run = run;
    this.#folder = path.join(run.root, name, "packs");
    this.#serial = serial;
    this.#base = packKey(run.compiled);
    this.#sets.set(this.#base, Promise.resolve({ root: run.root, manifest, executor: run.executor }));
  }

  of(compiled: CompiledConfig): Promise<PackSet> {
    const key = packKey(compiled);
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = this.#serial.run(() => this.#ingest(key, compiled));
      this.#sets.set(key, set);
    }
    return set;
  }

  async #ingest(key: string, compiled: CompiledConfig): Promise<PackSet> {
    const run = this.#run;
    const root = path.join(this.#folder, key);
    const executor = run.executorAt(root);
    try {
      const { manifest } = await ingest({
        root,
        build: BUILD,
        files: compiled.files,
        data: compiled.data,
        columns: compiled.columns,
        nights: compiled.nights,
        executor,
        spool: run.spool,
        fresh: run.fresh,
        signal: run.signal,
      });
      return { root, manifest, executor };
    } catch (thrown) {
      await executor.close();
      throw thrown;
    }
  }

  /** Ends what was started; removes packs that no trial asked for. */
  async close(sweep: boolean): Promise<void> {
    for (const [key, set] of this.#sets) if (key !== this.#base) await set.then(({ executor }) => executor.close()).catch(() => undefined);
    if (sweep) await keepFolders(this.#folder, new Set(this.#sets.keys()));
  }
}

/** Equal keys: the same packs. */
function packKey({ data, columns }: CompiledConfig): string {
  const parts = [encodeMessage(v1.DataSpec, data), ...columns.map((column) => encodeMessage(v1.ColumnSpec, column))];
  return sha256Hex(Buffer.concat(parts.flatMap((part) => [Buffer.from(`${part.length}:`), part]))).slice(0, 32);
}
