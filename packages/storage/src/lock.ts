import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { CrossbillError } from "@crossbill/messages";
import { atomicWrite } from "./atomic-write.js";
import { errnoOf, ioError } from "./io-error.js";
import { checkName } from "./names.js";
import { isRunning, OWN_START } from "./process-identity.js";
import { temporaryPath } from "./temporary.js";

/** A lock this process holds. */
export interface Lock {
  readonly path: string;
  /** Frees it; a second call does nothing. */
  release(): Promise<void>;
}

/** What a lock file says of the process that made it. */
interface Owner {
  readonly nonce: string;
  readonly pid: number;
  readonly start: string;
  readonly host: string;
  readonly command: string;
}

// A lock is a chain of files. The first is <name>.lock; where an owner died, its successor made <name>.lock.<nonce of the dead owner>, and so on:
// the last file's owner holds the lock. A file is made complete and exclusively (link), and no nonce comes twice, so two processes that find the same
// dead owner compete for one name and one wins; nobody ever removes a lock that is not his. The holder frees the chain from its first file on; whoever
// made a successor of a file of a chain that is being freed sees on his second walk that the first file is gone or another, and starts again.
interface Link {
  readonly file: string;
  readonly owner: Owner;
}

/**
 * Takes the lock `name` of `directory` (created if missing), held until release or the end of this process.
 * A dead owner's lock, on the same host, is taken over, also when its pid now belongs to another process.
 * @throws E_LOCKED, saying which process holds it and since when; E_IO.
 */
export async function acquireLock(directory: string, name: string): Promise<Lock> {
  const base = path.join(path.resolve(directory), `${checkName(name)}.lock`);
  const own: Owner = { nonce: randomUUID(), pid: process.pid, start: OWN_START, host: os.hostname(), command: commandLine() };
  for (let attempt = 0; attempt < 100; attempt++) {
    const chain = await walk(base);
    const last = chain.at(-1);
    if (last !== undefined && !isDead(last.owner)) throw await locked(last);
    const file = last === undefined ? base : `${base}.${last.owner.nonce}`;
    if (!(await createExclusively(file, own))) continue;
    const now = await walk(base);
    if (now.at(-1)?.owner.nonce === own.nonce)
      return new HeldLock(
        base,
        now.map((link) => link.file),
      );
    await fs.rm(file, { force: true });
  }
  throw new CrossbillError("E_LOCKED", `cannot lock ${base}: too many processes take and free it; try again`, { details: { path: base } });
}

class HeldLock implements Lock {
  readonly path: string;
  #files: readonly string[];

  constructor(base: string, files: readonly string[]) {
    this.path = base;
    this.#files = files;
  }

  async release(): Promise<void> {
    const files = this.#files;
    this.#files = [];
    try {
      for (const file of files) await fs.rm(file, { force: true });
    } catch (thrown) {
      throw ioError(thrown, "unlock", this.path);
    }
  }
}

async function walk(base: string): Promise<Link[]> {
  const chain: Link[] = [];
  for (let file = base; ; ) {
    const owner = await readOwner(file);
    if (owner === undefined) return chain;
    chain.push({ file, owner });
    file = `${base}.${owner.nonce}`;
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, "utf8");
  } catch (thrown) {
    if (errnoOf(thrown) === "ENOENT") return undefined;
    throw ioError(thrown, "read", file);
  }
  const [nonce = "", pid = "", start = "", host = "", command = ""] = text.split("\n");
  if (!/^[0-9a-f-]{36}$/.test(nonce) || !/^\d{1,10}$/.test(pid)) {
    throw new CrossbillError("E_LOCKED", `${file}: not a readable lock file; if no other run is active, delete it`, { details: { path: file } });
  }
  return { nonce, pid: Number(pid), start, host, command };
}

async function createExclusively(file: string, owner: Owner): Promise<boolean> {
  const temporary = temporaryPath(path.dirname(file));
  await atomicWrite(temporary, `${[owner.nonce, owner.pid, owner.start, owner.host, owner.command].join("\n")}\n`);
  try {
    await fs.link(temporary, file);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === "EEXIST") return false;
    throw ioError(thrown, "lock", file);
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

function isDead(owner: Owner): boolean {
  return owner.host === os.hostname() && !isRunning(owner.pid, owner.start);
}

async function locked({ file, owner }: Link): Promise<CrossbillError> {
  const stat = await fs.stat(file).catch((thrown: unknown) => ioError(thrown, "read", file));
  const since = "mtime" in stat ? stat.mtime.toISOString() : "a moment ago";
  const elsewhere = owner.host === os.hostname() ? "" : ` on host ${owner.host}`;
  const next = elsewhere === "" ? "wait for it to end, or stop it" : `wait for it to end; if that machine is gone, delete ${file}`;
  const message = `another run is active: process ${owner.pid}${elsewhere} holds ${file} since ${since} (${owner.command}); ${next}`;
  return new CrossbillError("E_LOCKED", message, { details: { path: file, pid: owner.pid, since, command: owner.command } });
}

/** The command without control characters, cut to 200 characters: it goes into a file of lines and into messages. */
function commandLine(): string {
  return process.argv
    .join(" ")
    .replace(/\p{Cc}/gu, " ")
    .slice(0, 200);
}
