import fs from "node:fs";
import path from "node:path";
import { CrossbillError, decodeMessage, encodeMessage, v1 } from "@crossbill/messages";
import {
  acquireLock,
  faultPoint,
  isDamage,
  publishDirectory,
  readSealed,
  removeTree,
  sweepTemporaries,
  temporaryDirectory,
  temporaryPath,
  writeSealed,
} from "@crossbill/storage";
import { pointerProblems, strayNames, temporaries, versionProblems } from "./check.js";
import { copyTree } from "./copy-tree.js";
import { describeFiles, readManifest, samePublication, writeManifest } from "./manifest.js";
import { checkVersionName, isVersionName, versionName, versionNumber } from "./names.js";

const CURRENT_KIND = "current";

export interface PublishOptions {
  /** Folder whose content becomes the version (`model/`, `state/`). It is copied. */
  from: string;
  /** 64 lower-case hexadecimal digits. */
  modelSha256: string;
  /** Finite numbers. */
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
    const directory = path.join(this.#folder(), checkVersionName(version));
    if (!fs.existsSync(directory))
      throw new CrossbillError("E_NO_VERSION", `there is no version ${version} in ${this.root} (see: crossbill models list)`, { exitCode: 2 });
    return directory;
  }

  /** Names of all versions, oldest first. */
  versions(): string[] {
    if (!fs.existsSync(this.#folder())) return [];
    return fs
      .readdirSync(this.#folder())
      .filter(isVersionName)
      .sort((a, b) => versionNumber(a) - versionNumber(b));
  }

  /** The current version, or null before the first publication. @throws E_CORRUPT */
  async current(): Promise<string | null> {
    return (await this.#pointer())?.version ?? null;
  }

  /** What a reference names: "current" or a version. @throws E_VERSION_NAME, E_NO_VERSION */
  async resolve(ref: string): Promise<{ version: string; path: string }> {
    const version = ref === "current" ? await this.current() : ref;
    if (version === null) throw new CrossbillError("E_NO_VERSION", `nothing is published in ${this.root} yet`);
    return { version, path: this.pathOf(version) };
  }

  /** What is known of a version. @throws E_VERSION_NAME, E_NO_VERSION, E_CORRUPT */
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
   * Publishes a copy of a folder and makes it current. Publishing again what the newest version holds (files, metrics, lineage but for the parent) gives that
   * version and makes it current: so a publication that was killed at any moment is completed by the same call.
   * @throws E_LOCKED; E_PUBLISH_METRIC, E_PUBLISH_SHA256, E_PUBLISH_EMPTY; E_PATH for links in the folder; E_CHANGED; E_NO_SPACE, E_IO
   */
  async publish(options: PublishOptions): Promise<string> {
    const { from, modelSha256, metrics, lineage } = options;
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value)) throw new CrossbillError("E_PUBLISH_METRIC", `the metric ${name} is ${value}: such a model is not published`);
    }
    versionName(1, modelSha256);
    return this.#locked(async () => {
      const pointer = await this.#pointer();
      const files = await describeFiles(from);
      if (files.length === 0) throw new CrossbillError("E_PUBLISH_EMPTY", `${from}: there is nothing to publish in this folder`);
      const newest = this.versions().at(-1);
      const manifest = v1.VersionManifest.create({
        formatVersion: 1,
        version: versionName(versionNumber(newest ?? "") + 1, modelSha256),
        modelSha256,
        files,
        metrics: Object.entries(metrics)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => v1.Metric.create({ name, value })),
        lineage: v1.VersionLineage.create({ ...lineage, parent: pointer?.version ?? "" }),
      });
      if (newest !== undefined && (await this.#holds(newest, manifest))) {
        if (newest !== pointer?.version) await this.#move(pointer, newest);
        return newest;
      }
      await this.#create(from, files, manifest);
      faultPoint("registry", "before-current");
      await this.#move(pointer, manifest.version);
      return manifest.version;
    });
  }

  /**
   * Makes `version` (or the one that was current before) current again. A named version replaces a damaged `current.pb` too; its pins are lost then.
   * @throws E_NO_VERSION when there is none, E_CORRUPT when it is damaged
   */
  async rollback(version?: string): Promise<string> {
    return this.#locked(async () => {
      const pointer = await (version === undefined ? this.#pointer() : this.#soundPointer());
      const target = version ?? pointer?.previous ?? "";
      if (target === "") throw new CrossbillError("E_NO_VERSION", `there is no earlier version in ${this.root} to roll back to`);
      const problems = await versionProblems(this.pathOf(target));
      if (problems.length > 0) throw new CrossbillError("E_CORRUPT", `${target} cannot become current: ${problems.join("; ")}`);
      if (target !== pointer?.version) await this.#move(pointer, target);
      return target;
    });
  }

  /** Keeps a version through every gc, or no longer. @throws E_VERSION_NAME, E_NO_VERSION */
  async pin(version: string, pinned: boolean): Promise<void> {
    await this.#locked(async () => {
      const pointer = await this.#pointer();
      this.pathOf(version);
      if (pointer === null) throw new CrossbillError("E_NO_VERSION", `nothing is published in ${this.root}`);
      const others = (pointer.pinned ?? []).filter((v) => v !== version);
      await this.#point({ version: pointer.version, previous: pointer.previous, pinned: pinned ? [...others, version].sort() : others });
    });
  }

  /**
   * Removes all but the newest `keep` versions, the current, the previous and the pinned ones, and leftovers of killed runs. Returns what was removed: names of
   * versions and paths of leftovers.
   * @param keep an integer; below 1 counts as 1
   * @throws E_GC_KEEP, E_LOCKED, E_IO
   */
  async gc(keep: number): Promise<string[]> {
    if (!Number.isInteger(keep)) throw new CrossbillError("E_GC_KEEP", `cannot keep ${keep} versions: an integer is needed`, { exitCode: 2 });
    return this.#locked(async () => {
      const pointer = await this.#pointer();
      const kept = new Set([...this.versions().slice(-Math.max(1, keep)), pointer?.version, pointer?.previous, ...(pointer?.pinned ?? [])]);
      const old = this.versions().filter((version) => !kept.has(version));
      for (const version of old) {
        // A version vanishes at once or not at all: a kill in the middle leaves a temporary folder, never half a version.
        const doomed = temporaryPath(this.#folder());
        await publishDirectory(this.pathOf(version), doomed);
        faultPoint("registry", "before-remove");
        await removeTree(doomed);
      }
      return [...old, ...(await sweepTemporaries(this.root))];
    });
  }

  /**
   * Checks every file of every version and the pointer; an absent root is sound. `problems` is empty when all is well; `leftovers` are temporary files of
   * killed (or running) writers: harmless, and gc removes those of killed ones.
   */
  async fsck(): Promise<{ versions: number; problems: string[]; leftovers: string[] }> {
    const problems = await strayNames(this.#folder());
    // The pointer first: a version published meanwhile is there before anything points to it.
    let pointer: v1.Current | null = null;
    try {
      pointer = await this.#pointer();
    } catch (thrown) {
      if (!(thrown instanceof CrossbillError)) throw thrown;
      problems.push(thrown.message);
    }
    const versions = this.versions();
    problems.push(...pointerProblems(this.#file(), pointer, versions));
    for (const version of versions) problems.push(...(await versionProblems(path.join(this.#folder(), version))));
    return { versions: versions.length, problems, leftovers: await temporaries([this.root, this.#folder()]) };
  }

  /** Whether a version is a sound publication of the same as `manifest`. */
  async #holds(version: string, manifest: v1.VersionManifest): Promise<boolean> {
    const directory = this.pathOf(version);
    return (await versionProblems(directory)).length === 0 && samePublication(await readManifest(directory), manifest);
  }

  async #create(from: string, files: readonly v1.VersionFile[], manifest: v1.VersionManifest): Promise<void> {
    const temporary = await temporaryDirectory(this.#folder());
    try {
      await copyTree(from, temporary, files);
      await writeManifest(temporary, manifest);
      await publishDirectory(temporary, path.join(this.#folder(), manifest.version));
    } catch (thrown) {
      await removeTree(temporary);
      throw thrown;
    }
  }

  async #move(pointer: v1.Current | null, version: string): Promise<void> {
    await this.#point({ version, previous: pointer?.version ?? "", pinned: pointer?.pinned ?? [] });
  }

  #folder(): string {
    return path.join(this.root, "versions");
  }

  #file(): string {
    return path.join(this.root, "current.pb");
  }

  async #pointer(): Promise<v1.Current | null> {
    if (!fs.existsSync(this.#file())) return null;
    try {
      const { payload } = await readSealed(this.#file(), CURRENT_KIND);
      return decodeMessage(v1.Current, payload, this.#file());
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      const { code, message, details } = thrown;
      throw new CrossbillError(code, `${message}; crossbill models rollback <version> writes it anew`, { cause: thrown, details });
    }
  }

  /** Null, too, where the pointer is damaged. */
  async #soundPointer(): Promise<v1.Current | null> {
    try {
      return await this.#pointer();
    } catch (thrown) {
      if (isDamage(thrown)) return null;
      throw thrown;
    }
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
