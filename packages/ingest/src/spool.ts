import fs from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import { openAddress, openScratch, removeTree, temporaryDirectory } from "@crossbill/storage";
import { type Executor, makeTask, runInOrder } from "@crossbill/tasks";
import { type Codec, codecByName, codecOf, SNIFFED_BYTES } from "./compression.js";
import { statSource } from "./read-head.js";
import { inputChanged, openSource } from "./source-bytes.js";
import { isRemote, STANDARD_INPUT, shownSource } from "./source-name.js";
import { spoolWork } from "./spool-work.js";
import { STEPS } from "./steps.js";
import { keeping, unpackBeginning } from "./unpack-file.js";
import { DamagedData } from "./unpackers.js";

export interface SpoolOptions {
  /** Folder of the spool: files lie in a temporary folder in it, made when the first one is needed. */
  readonly folder: string;
  /** Bytes that a compressed file may unpack to; default: 100 times those read, or 256 MiB if that is more. */
  readonly maxDecompressed?: number;
  /** Default: that of the process. */
  readonly standardInput?: Readable;
}

/** Where the work is done. */
export interface SpoolRun {
  /** null: in this thread, one source after another. */
  readonly executor: Executor | null;
  readonly build: string;
  readonly signal?: AbortSignal;
}

const HERE: SpoolRun = { executor: null, build: "" };

/** What is known of a source that is no plain local file. */
interface Material {
  readonly source: string;
  readonly shown: string;
  /** Local file of its bytes, compressed or not. */
  raw: string | null;
  /** Size and time of a local source when it was first looked at. */
  stat: { size: number; modified: string } | null;
  codec: Codec;
  /** ETag of an object of S3, which stands for its bytes. */
  version: string | null;
  identity: string | null;
  plain: string | null;
}

/**
 * Makes plain local files of sources that are none: compressed, standard input, remote. All of a run's code shares one, so that standard input is read once.
 * The files are gone after `close()`, or, when the run was killed, at the next sweep of the folder.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #materials = new Map<string, Material | null>();
  #directory: Promise<string> | null = null;
  #files = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /** Whether a source is a plain local file, which is read where it lies. @throws E_FORMAT, E_FILE_MISSING, E_IO */
  isDirect(source: string): boolean {
    return this.#material(source) === null;
  }

  /**
   * What says that the bytes of sources are the same as those of an earlier run, without unpacking them. Not of direct ones.
   * @throws E_EMPTY_FILE, E_IO and what fetching throws
   */
  async identities(sources: readonly string[], run: SpoolRun = HERE): Promise<string[]> {
    const of = sources.map((source) => this.#material(source)!);
    await this.#lookAtObjects(of);
    await this.#fetch(
      of.filter(({ identity }) => identity === null),
      run,
    );
    const unknown = of.filter((material) => material.identity === null);
    const results = await this.#work(
      unknown.map((material) => ({ work: v1.SpoolParams.Work.HASH, source: material.raw!, shown: material.shown })),
      run,
    );
    for (const [i, material] of unknown.entries()) material.identity = `sha256 ${results[i]!.sha256}`;
    return of.map(({ shown, identity }) => `${codecByName(shown)} ${identity}`);
  }

  /**
   * Local paths of the plain bytes of sources, in their order.
   * @throws E_CORRUPT, E_UNPACKED_SIZE, E_EMPTY_FILE, E_INPUT_CHANGED, E_NO_SPACE, E_IO and what fetching throws
   */
  async plain(sources: readonly string[], run: SpoolRun = HERE): Promise<string[]> {
    const wanted = [...new Set(sources)].map((source) => this.#material(source)).filter((material) => material !== null && material.plain === null);
    const todo = wanted as Material[];
    await this.#fetch(todo, run);
    const packed = todo.filter((material) => material.codec !== "none");
    const targets: string[] = [];
    for (const _ of packed) targets.push(await this.#newFile());
    const most = this.#options.maxDecompressed ?? 0;
    const results = await this.#work(
      packed.map(({ raw, shown, codec }, i) => ({ work: v1.SpoolParams.Work.UNPACK, source: raw!, shown, codec, target: targets[i]!, most })),
      run,
    );
    for (const [i, material] of packed.entries()) {
      const identity = `sha256 ${results[i]!.sha256}`;
      if (material.identity?.startsWith("sha256 ") && material.identity !== identity) throw inputChanged(material.shown, "its bytes are others now");
      material.plain = targets[i]!;
      this.#refuseTwice(material);
    }
    for (const material of todo) material.plain ??= material.raw;
    return sources.map((source) => this.#material(source)?.plain ?? source);
  }

  /**
   * Local path of the beginning of a source: of more than `bytes` plain bytes and a whole line, or of all there are.
   * @throws as plain
   */
  async beginning(source: string, bytes: number): Promise<string> {
    const material = this.#material(source);
    if (material === null || material.plain !== null) return material?.plain ?? source;
    await this.#fetch([material], HERE);
    if (material.codec === "none") return material.raw!;
    const target = await this.#newFile();
    try {
      await unpackBeginning({ path: material.raw!, shown: material.shown, codec: material.codec }, target, bytes);
      return target;
    } catch (thrown) {
      if (!(thrown instanceof DamagedData)) throw thrown;
      return (await this.plain([source]))[0]!; // says what is damaged, and where
    }
  }

  /** Local sources must still have the size and time that they had. @throws E_INPUT_CHANGED */
  checkUnchanged(): void {
    for (const material of this.#materials.values()) {
      if (material?.stat == null) continue;
      const now = statSource(material.source);
      if (now.size !== material.stat.size || now.modified !== material.stat.modified) throw inputChanged(material.shown, "its size or time is another now");
    }
  }

  /** Runs something that reads local paths; its errors name the sources instead. */
  async naming<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (thrown) {
      throw thrown instanceof CrossbillError ? this.#renamed(thrown) : thrown;
    }
  }

  /** Removes all files. */
  async close(): Promise<void> {
    const directory = await this.#directory;
    this.#materials.clear();
    this.#directory = null;
    if (directory !== null) await removeTree(directory);
  }

  #renamed(error: CrossbillError): CrossbillError {
    const renamed = (text: string): string => {
      let out = text;
      for (const material of this.#materials.values())
        for (const local of [material?.plain, material?.raw]) if (local != null && local !== material!.source) out = out.replaceAll(local, material!.shown);
      return out;
    };
    const message = renamed(error.message);
    if (message === error.message) return error;
    const details = Object.fromEntries(Object.entries(error.details).map(([name, value]) => [name, typeof value === "string" ? renamed(value) : value]));
    return new CrossbillError(error.code, message, { cause: error, exitCode: error.exitCode, details });
  }

  /** null: a direct one. */
  #material(source: string): Material | null {
    const known = this.#materials.get(source);
    if (known !== undefined) return known;
    const made = this.#lookAt(source);
    this.#materials.set(source, made);
    return made;
  }

  #lookAt(source: string): Material | null {
    const base = { source, shown: shownSource(source), version: null, identity: null, plain: null };
    if (source === STANDARD_INPUT || isRemote(source)) return { ...base, raw: null, stat: null, codec: "none" };
    const stat = statSource(source);
    const codec = codecOf(source, firstBytes(source));
    return codec === "none" ? null : { ...base, raw: source, stat, codec };
  }

  /** Makes sure that the bytes of each are in a local file, and that its codec is known. */
  async #fetch(materials: readonly Material[], run: SpoolRun): Promise<void> {
    const missing = materials.filter(({ raw }) => raw === null);
    const remote = missing.filter(({ source }) => isRemote(source));
    const targets: string[] = [];
    for (const _ of remote) targets.push(await this.#newFile());
    const results = await this.#work(
      remote.map(({ source, shown }, i) => ({ work: v1.SpoolParams.Work.FETCH, source, shown, target: targets[i]! })),
      run,
    );
    for (const [i, material] of remote.entries()) {
      const { sha256, length, version } = results[i]!;
      if (length === 0) throw new CrossbillError("E_EMPTY_FILE", `${material.shown}: the file is empty`, { details: { path: material.shown } });
      if (material.version !== null && material.version !== version) throw inputChanged(material.shown, "it is another object now");
      material.identity ??= `sha256 ${sha256}`;
      material.raw = targets[i]!;
    }
    for (const material of missing) {
      material.raw ??= await this.#drain(material.shown, run.signal);
      material.codec = codecOf(material.shown, firstBytes(material.raw));
    }
  }

  /** Objects of S3 are known by their ETag, which another content changes; what web servers say is not trusted so far. */
  async #lookAtObjects(materials: readonly Material[]): Promise<void> {
    for (const material of materials) {
      if (material.identity !== null || !/^s3:/i.test(material.source)) continue;
      const { store, name } = await openAddress(material.source);
      const head = await store.head(name);
      if (head === undefined) throw new CrossbillError("E_FILE_MISSING", `${material.shown}: there is no such object`, { details: { path: material.shown } });
      if (head.version === undefined) continue;
      material.version = head.version;
      material.identity = `s3 ${head.version} ${head.length}`;
    }
  }

  async #drain(shown: string, signal: AbortSignal | undefined): Promise<string> {
    const target = await this.#newFile();
    const out = await keeping(shown, target, () => openScratch(target));
    try {
      for await (const chunk of this.#options.standardInput ?? process.stdin) {
        if (signal?.aborted) throw new CrossbillError("E_ABORTED", "stopped by request", { cause: signal.reason });
        await keeping(shown, target, () => out.write(typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array)));
      }
      await keeping(shown, target, () => out.close());
    } catch (thrown) {
      await out.abort();
      throw thrown;
    }
    if (out.length === 0) throw new CrossbillError("E_EMPTY_FILE", `${shown}: nothing came; pipe the data into the command`, { details: { path: shown } });
    return target;
  }

  /** @throws E_FORMAT where unpacked bytes are compressed again */
  #refuseTwice({ plain, shown }: Material): void {
    const codec = codecOf("", firstBytes(plain!));
    if (codec !== "none")
      throw new CrossbillError("E_FORMAT", `${shown}: was compressed twice, what it unpacks to is ${codec} again; unpack it once`, {
        exitCode: 2,
        details: { path: shown },
      });
  }

  async #newFile(): Promise<string> {
    this.#directory ??= temporaryDirectory(this.#options.folder);
    return path.join(await this.#directory, `${++this.#files}`);
  }

  async #work(all: readonly v1.SpoolParams.$Properties[], { executor, build, signal }: SpoolRun): Promise<v1.SpoolResult[]> {
    const params = all.map((one) => v1.SpoolParams.create(one) as v1.SpoolParams);
    if (executor === null) {
      const results: v1.SpoolResult[] = [];
      for (const one of params) {
        if (signal?.aborted) throw new CrossbillError("E_ABORTED", "stopped by request", { cause: signal.reason });
        results.push(await spoolWork(one, () => undefined));
      }
      return results;
    }
    const tasks = params.map((one) => makeTask({ step: STEPS.spool, params: encodeMessage(v1.SpoolParams, one), inputs: [], build }));
    const results = await runInOrder(executor, tasks, signal === undefined ? {} : { signal });
    return results.map((result) => decodeMessage(v1.SpoolResult, result.summary, "result of ingest.spool"));
  }
}

/**
 * Runs something with the spool it was given, or with one of its own in the work folder, which is gone afterwards. Errors name sources, never files of a spool.
 */
export async function withSpool<T>(options: { readonly root: string; readonly spool?: Spool | undefined }, use: (spool: Spool) => Promise<T>): Promise<T> {
  if (options.spool !== undefined) return options.spool.naming(() => use(options.spool!));
  const spool = new Spool({ folder: path.join(options.root, "spool") });
  try {
    return await spool.naming(() => use(spool));
  } finally {
    await spool.close();
  }
}

function firstBytes(file: string): Uint8Array {
  const handle = openSource(file);
  try {
    const bytes = new Uint8Array(SNIFFED_BYTES);
    return bytes.subarray(0, fs.readSync(handle, bytes, 0, bytes.length, 0));
  } finally {
    fs.closeSync(handle);
  }
}
