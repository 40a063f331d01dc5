import fs from "node:fs";
import fsp from "node:fs/promises";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import {
  acquireLock,
  atomicWrite,
  faultPoint,
  isTemporaryName,
  publishDirectory,
  readSealed,
  readWhole,
  removeTree,
  sweepTemporaries,
  temporaryDirectory,
  writeSealed,
} from "@crossbill/storage";
import { describeFiles, readManifest, verifyFiles, writeManifest } from "./manifest.js";
import { checkVersionName, isVersionName, versionName, versionNumber } from "./names.js";

const CURRENT_KIND = "current";

export interface PublishOptions {
  /** Folder whose content becomes the version (`model/`, `state/`). It is copied. */
  from: string;
  modelSha256: string;
  metrics: Readonly<Record<string, number>>;
  lineage: { build: string; configSha256: string; ingestKey: string };
}

export interface VersionInfo {
  version: string;
  modelSha256: string;
  current: boolean;
  pinned: boolean;
  metrics: Record<string, number>;
  lineage: v1.VersionLineage;
  /** Absolute path of the version's folder. */
  path: string;
  bytes: number;
}

/**
 * Published versions under one folder: `versions/<version>/` never change; `current.pb` names the current one and is written last.
 * Readers see whole versions only. Writers take the registry's lock.
 */
export class Registry {
  readonly root: string;

  constructor(root: string) {
    this.root = path.resolve(root);
  }

  /** Absolute folder of a version. @throws E_VERSION_NAME, E_NO_VERSION */
  pathOf(version: string): string {
    const directory = path.join(this.root, "versions", checkVersionName(version));
    if (!fs.existsSync(directory))
      throw new CrossbillError("E_NO_VERSION", `there is no version ${version} in ${this.root} (see: crossbill models list)`, { exitCode: 2 });
    return directory;
  }

  /** Names of all versions, oldest first. */
  versions(): string[] {
    const folder = path.join(this.root, "versions");
    if (!fs.existsSync(folder)) return [];
    return fs
      .readdirSync(folder)
      .filter(isVersionName)
      .sort((a, b) => versionNumber(a) - versionNumber(b));
  }

  /** The current version, or null before the first publication. @throws E_CORRUPT */
  async current(): Promise<string | null> {
    return (await this.#pointer())?.version ?? null;
  }

  async show(version: string): Promise<VersionInfo> {
    const directory = this.pathOf(version);
    const manifest = await readManifest(directory);
    const pointer = await this.#pointer();
    return {
      version,
      modelSha256: manifest.modelSha256,
      current: pointer?.version === version,
      pinned: pointer?.pinned?.includes(version) ?? false,
      metrics: Object.fromEntries((manifest.metrics ?? []).map((m) => [m.name ?? "", m.value ?? 0])),
      lineage: v1.VersionLineage.create(manifest.lineage ?? {}),
      path: directory,
      bytes: (manifest.files ?? []).reduce((sum, f) => sum + (f.length ?? 0), 0),
    };
  }

  /** All versions, oldest first. */
  async list(): Promise<VersionInfo[]> {
    return Promise.all(this.versions().map((version) => this.show(version)));
  }

  /**
   * Publishes a folder and makes it current. The same content as the newest version's is not published twice: a publication that was
   * killed before the pointer was written is completed.
   * @throws E_LOCKED; E_PUBLISH_METRIC when a metric is not a number
   */
  async publish(options: PublishOptions): Promise<string> {
    for (const [name, value] of Object.entries(options.metrics)) {
      if (!Number.isFinite(value)) throw new CrossbillError("E_PUBLISH_METRIC", `the metric ${name} is ${value}: such a model is not published`);
    }
    return this.#locked(async () => {
      const pointer = await this.#pointer();
      const files = await describeFiles(options.from);
      const newest = this.versions().at(-1);
      if (newest !== undefined && newest !== pointer?.version && sameFiles((await readManifest(this.pathOf(newest))).files ?? [], files)) {
        await this.#point({ version: newest, previous: pointer?.version ?? "", pinned: pointer?.pinned ?? [] });
        return newest;
      }
      const version = versionName(versionNumber(newest ?? "") + 1, options.modelSha256);
      const temporary = await temporaryDirectory(path.join(this.root, "versions"));
      for (const file of files)
        await atomicWrite(path.join(temporary, ...file.path.split("/")), await readWhole(path.join(options.from, ...file.path.split("/"))));
      const manifest = v1.VersionManifest.create({
        formatVersion: 1,
        version,
        modelSha256: options.modelSha256,
        files,
        metrics: Object.entries(options.metrics).map(([name, value]) => v1.Metric.create({ name, value })),
        lineage: v1.VersionLineage.create({ ...options.lineage, parent: pointer?.version ?? "" }),
      });
      await writeManifest(temporary, manifest);
      const problems = await verifyFiles(temporary, manifest);
      if (problems.length > 0) throw new CrossbillError("E_CORRUPT", `while publishing ${version}: ${problems.join("; ")}`);
      await publishDirectory(temporary, path.join(this.root, "versions", version));
      faultPoint("registry", "before-current");
      await this.#point({ version, previous: pointer?.version ?? "", pinned: pointer?.pinned ?? [] });
      return version;
    });
  }

  /** Makes `version` (or the one that was current before) current again. @throws E_NO_VERSION when there is none */
  async rollback(version?: string): Promise<string> {
    return this.#locked(async () => {
      const pointer = await this.#pointer();
      const target = version ?? pointer?.previous ?? "";
      if (target === "") throw new CrossbillError("E_NO_VERSION", `there is no earlier version in ${this.root} to roll back to`);
      const manifest = await readManifest(this.pathOf(target));
      const problems = await verifyFiles(this.pathOf(target), manifest);
      if (problems.length > 0) throw new CrossbillError("E_CORRUPT", `${target} cannot become current: ${problems.join("; ")}`);
      await this.#point({ version: target, previous: pointer?.version ?? "", pinned: pointer?.pinned ?? [] });
      return target;
    });
  }

  /** Keeps a version through every gc, or no longer. */
  async pin(version: string, pinned: boolean): Promise<void> {
    await this.#locked(async () => {
      const pointer = await this.#pointer();
      this.pathOf(version);
      if (pointer === null) throw new CrossbillError("E_NO_VERSION", `nothing is published in ${this.root}`);
      const others = (pointer.pinned ?? []).filter((v) => v !== version);
      await this.#point({ version: pointer.version, previous: pointer.previous, pinned: pinned ? [...others, version] : others });
    });
  }

  /** Removes all but the newest `keep` versions, the current, the previous and the pinned ones, and leftovers of killed runs. Returns what was removed. */
  async gc(keep: number): Promise<string[]> {
    return this.#locked(async () => {
      const pointer = await this.#pointer();
      const kept = new Set([...this.versions().slice(-Math.max(1, keep)), pointer?.version, pointer?.previous, ...(pointer?.pinned ?? [])]);
      const old = this.versions().filter((version) => !kept.has(version));
      for (const version of old) await removeTree(this.pathOf(version));
      return [...old, ...(await sweepTemporaries(this.root))];
    });
  }

  /** Checks every file of every version and the pointer. `problems` is empty when all is sound; leftovers of killed runs are harmless (gc removes them). */
  async fsck(): Promise<{ versions: number; problems: string[]; leftovers: string[] }> {
    const problems: string[] = [];
    const versions = this.versions();
    for (const version of versions) {
      try {
        problems.push(...(await verifyFiles(this.pathOf(version), await readManifest(this.pathOf(version)))));
      } catch (thrown) {
        if (!(thrown instanceof CrossbillError)) throw thrown;
        problems.push(thrown.message);
      }
    }
    try {
      const current = await this.current();
      if (current !== null && !versions.includes(current)) problems.push(`${this.#file()}: names ${current}, which is not there`);
    } catch (thrown) {
      if (!(thrown instanceof CrossbillError)) throw thrown;
      problems.push(thrown.message);
    }
    return { versions: versions.length, problems, leftovers: await this.#leftovers() };
  }

  async #leftovers(): Promise<string[]> {
    if (!fs.existsSync(this.root)) return [];
    const names = await fsp.readdir(this.root, { recursive: true });
    return names.filter((name) => isTemporaryName(path.basename(name))).map((name) => path.join(this.root, name));
  }

  #file(): string {
    return path.join(this.root, "current.pb");
  }

  async #pointer(): Promise<v1.Current | null> {
    if (!fs.existsSync(this.#file())) return null;
    const { payload } = await readSealed(this.#file(), CURRENT_KIND);
    return decodeMessage(v1.Current, payload, this.#file());
  }

  async #point(pointer: v1.Current.$Properties): Promise<void> {
    await writeSealed(this.#file(), CURRENT_KIND, 1, encodeMessage(v1.Current, pointer));
  }

  async #locked<T>(body: () => Promise<T>): Promise<T> {
    const lock = await acquireLock(this.root, "registry");
    try {
      return await body();
    } finally {
      await lock.release();
    }
  }
}

function sameFiles(a: readonly v1.VersionFile.$Properties[], b: readonly v1.VersionFile[]): boolean {
  return a.length === b.length && a.every((file, i) => file.path === b[i]?.path && file.length === b[i]?.length && file.sha256 === b[i]?.sha256);
}
