import type { IncomingMessage } from "node:http";
import { CrossbillError, type ErrorCode } from "@crossbill/messages";
import { bodyOf, httpGet } from "./http-get.js";
import { type RemoteOptions, retryAfter, retrying, Transient } from "./retry.js";
import type { ObjectHead, Store } from "./store.js";

/**
 * The objects below an address, read only. Its query, user and password (which may be a signature or a token) are sent with every request and shown in no message.
 * @param base what names are relative to; its path ends with "/"
 */
export function httpStore(base: URL, options: RemoteOptions = {}): Store {
  return new HttpStore(base, options);
}

class HttpStore implements Store {
  readonly #base: URL;
  readonly #options: RemoteOptions;

  constructor(base: URL, options: RemoteOptions) {
    this.#base = base;
    this.#options = options;
  }

  async getRange(name: string, offset: number, length: number, version?: string): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    return this.#retried(name, async () => {
      const answer = await this.#ask(name, `bytes=${offset}-${offset + length - 1}`);
      try {
        const head = headOf(name, answer);
        if (answer.statusCode === 200)
          throw new CrossbillError("E_RANGES", `${this.#shown(name)}: the server gives no ranges of it`, { details: { path: this.#shown(name) } });
        if (answer.statusCode === 416) throw this.#short(name, offset, length);
        this.#check(answer, name);
        if (version !== undefined && head?.version !== version) throw changed(this.#shown(name));
        const out = new Uint8Array(length);
        let done = 0;
        for await (const chunk of bodyOf(answer)) {
          if (done + chunk.length > length) throw new Transient("more bytes came than were asked for");
          out.set(chunk, done);
          done += chunk.length;
        }
        if (done < length && head !== undefined && offset + length > head.length) throw this.#short(name, offset, length);
        if (done < length) throw new Transient(`${done} bytes came, ${length} were asked for`);
        return out;
      } finally {
        answer.destroy();
      }
    });
  }

  /** By a GET of the first byte: an address that is signed for GET refuses HEAD. */
  async head(name: string): Promise<ObjectHead | undefined> {
    return this.#retried(name, async () => {
      const answer = await this.#ask(name, "bytes=0-0");
      // A byte is let in, so that the connection can be used again; a whole object is not.
      if (answer.statusCode === 206) answer.resume();
      else answer.destroy();
      if (answer.statusCode === 404 || answer.statusCode === 410) return undefined;
      if (answer.statusCode !== 416) this.#check(answer, name);
      return headOf(name, answer);
    });
  }

  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const answer = await this.#ask(name, null);
    try {
      this.#check(answer, name);
      yield* bodyOf(answer);
    } finally {
      answer.destroy();
    }
  }

  put(name: string): Promise<void> {
    return Promise.reject(this.#readOnly(name));
  }

  delete(name: string): Promise<void> {
    return Promise.reject(this.#readOnly(name));
  }

  list(prefix: string): Promise<ObjectHead[]> {
    return Promise.reject(
      new CrossbillError("E_ADDRESS", `${this.#shown(prefix)}: the objects of a web server cannot be listed; name each by its address`, { exitCode: 2 }),
    );
  }

  #ask(name: string, range: string | null): Promise<IncomingMessage> {
    const url = new URL(this.#base);
    url.pathname += name;
    return httpGet(url, range === null ? {} : { range }, this.#options.timeoutMs ?? 30_000, this.#shown(name));
  }

  #retried<T>(name: string, attempt: () => Promise<T>): Promise<T> {
    return retrying(this.#options, attempt, (last, attempts) => unreachable(this.#shown(name), last, attempts));
  }

  /** @throws Transient, E_NOT_FOUND, E_PERMISSION, E_HTTP */
  #check(answer: IncomingMessage, name: string): void {
    const { statusCode = 0, headers } = answer;
    if (statusCode >= 200 && statusCode < 300) return;
    throw statusError(this.#shown(name), statusCode, retryAfter(headers["retry-after"]));
  }

  #short(name: string, offset: number, length: number): CrossbillError {
    const shown = this.#shown(name);
    return new CrossbillError("E_CORRUPT", `${shown}: ends before bytes [${offset}, ${offset + length})`, { details: { path: shown } });
  }

  #shown(name: string): string {
    return `${this.#base.protocol}//${this.#base.host}${this.#base.pathname}${name}`;
  }

  #readOnly(name: string): CrossbillError {
    return new CrossbillError("E_READ_ONLY", `${this.#shown(name)}: nothing is written to web servers`, { exitCode: 2 });
  }
}

/** What an answer to a request for a range says of the whole object. */
function headOf(name: string, { statusCode, headers }: IncomingMessage): ObjectHead | undefined {
  const range = /\/(\d+)$/.exec(headers["content-range"] ?? "")?.[1];
  const version = headers.etag?.startsWith("W/") === false ? headers.etag : headers["last-modified"];
  const known = version === undefined ? {} : { version };
  if (statusCode === 200) return { name, length: Number(headers["content-length"] ?? Number.NaN), ranges: false, ...known };
  return range === undefined ? undefined : { name, length: Number(range), ...known };
}

/** @returns Transient, E_NOT_FOUND, E_PERMISSION, E_HTTP */
export function statusError(shown: string, status: number, afterMs = 0): Error {
  if (status >= 500 || status === 429 || status === 408) return new Transient(`status ${status}`, afterMs);
  const [code, why]: [ErrorCode, string] =
    status === 404 || status === 410
      ? ["E_NOT_FOUND", "there is no such object"]
      : status === 401 || status === 403
        ? ["E_PERMISSION", "access is denied; check the credentials, or whether the address has expired"]
        : ["E_HTTP", "the server refuses"];
  return new CrossbillError(code, `${shown}: ${why} (status ${status})`, { details: { path: shown, status } });
}

/** An object that did not stay as it was while it was read. */
export function changed(shown: string): CrossbillError {
  return new CrossbillError("E_INPUT_CHANGED", `${shown}: changed while it was read; nothing was published; run again once it is complete`, {
    details: { path: shown },
  });
}

/** The last of several attempts failed. */
export function unreachable(shown: string, last: Error, attempts: number): CrossbillError {
  return new CrossbillError("E_UNREACHABLE", `${shown}: could not be read in ${attempts} attempts: ${last.message}`, { cause: last, details: { path: shown } });
}
