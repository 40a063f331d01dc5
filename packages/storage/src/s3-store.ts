import type { S3Client } from "@aws-sdk/client-s3";
import { CrossbillError } from "@crossbill/messages";
import { changed, statusError, unreachable } from "./http-store.js";
import { type RemoteOptions, retrying, Transient } from "./retry.js";
import type { ObjectHead, Store } from "./store.js";

type Sdk = typeof import("@aws-sdk/client-s3");

/**
 * The objects of a bucket; names are keys as they are. Region, endpoint (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3) and credentials are what the S3 client finds in
 * environment, profile or machine.
 * @throws E_S3_CLIENT (exit code 2) where `@aws-sdk/client-s3` is not installed
 */
export async function s3Store(bucket: string, options: RemoteOptions = {}): Promise<Store> {
  const sdk = await loadSdk();
  return new S3Store(sdk, await makeClient(sdk), bucket, options);
}

async function loadSdk(): Promise<Sdk> {
  try {
    return await import("@aws-sdk/client-s3");
  } catch (cause) {
    throw new CrossbillError("E_S3_CLIENT", "s3:// is read by the package @aws-sdk/client-s3, which is not installed: npm install @aws-sdk/client-s3", {
      cause,
      exitCode: 2,
    });
  }
}

async function makeClient(sdk: Sdk): Promise<S3Client> {
  const own = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const make = (more: { region?: string }): S3Client =>
    new sdk.S3Client({
      maxAttempts: 1,
      // Servers of one's own seldom have a name for each bucket.
      forcePathStyle: own !== undefined,
      followRegionRedirects: own === undefined,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      ...more,
    });
  const client = make({});
  try {
    await client.config.region();
    return client;
  } catch (thrown) {
    if (thrown instanceof RangeError) throw thrown;
    client.destroy();
    return make({ region: "us-east-1" });
  }
}

class S3Store implements Store {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #options: RemoteOptions;

  constructor(sdk: Sdk, client: S3Client, bucket: string, options: RemoteOptions) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
    this.#options = options;
  }

  getRange(name: string, offset: number, length: number, version?: string): Promise<Uint8Array> {
    if (length === 0) return Promise.resolve(new Uint8Array(0));
    return this.#retried(name, async (signal, alive) => {
      const command = new this.#sdk.GetObjectCommand({
        ...this.#at(name),
        Range: `bytes=${offset}-${offset + length - 1}`,
        ...(version === undefined ? {} : { IfMatch: version }),
      });
      const { Body, ETag } = await this.#client.send(command, { abortSignal: signal });
      if (version !== undefined && ETag !== version) throw changed(this.#shown(name));
      const out = new Uint8Array(length);
      let done = 0;
      for await (const chunk of Body as unknown as AsyncIterable<Uint8Array>) {
        alive();
        if (done + chunk.length > length) throw new Transient("more bytes came than were asked for");
        out.set(chunk, done);
        done += chunk.length;
      }
      if (done < length) throw new Transient(`${done} bytes came, ${length} were asked for`);
      return out;
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#retried(name, (signal) => this.#client.send(new this.#sdk.PutObjectCommand({ ...this.#at(name), Body: bytes }), { abortSignal: signal }));
  }

  async list(prefix: string): Promise<ObjectHead[]> {
    const found: ObjectHead[] = [];
    for (let token: string | undefined; ; ) {
      const command = new this.#sdk.ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const page = await this.#retried(prefix, (signal) => this.#client.send(command, { abortSignal: signal }));
      for (const { Key, Size, ETag } of page.Contents ?? [])
        if (Key !== undefined) found.push({ name: Key, length: Size ?? 0, ...(ETag === undefined ? {} : { version: ETag }) });
      token = page.NextContinuationToken;
      if (page.IsTruncated !== true || token === undefined) break;
    }
    return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  async head(name: string): Promise<ObjectHead | undefined> {
    try {
      const { ContentLength, ETag } = await this.#retried(name, (signal) =>
        this.#client.send(new this.#sdk.HeadObjectCommand(this.#at(name)), { abortSignal: signal }),
      );
      return { name, length: ContentLength ?? 0, ...(ETag === undefined ? {} : { version: ETag }) };
    } catch (thrown) {
      if (thrown instanceof CrossbillError && thrown.code === "E_NOT_FOUND") return undefined;
      throw thrown;
    }
  }

  async delete(name: string): Promise<void> {
    await this.#retried(name, (signal) => this.#client.send(new this.#sdk.DeleteObjectCommand(this.#at(name)), { abortSignal: signal }));
  }

  #at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: name };
  }

  #shown(name: string): string {
    return `s3://${this.#bucket}/${name}`;
  }

  /** An attempt is given up when nothing came for the timeout; `alive` says that something did. */
  #retried<T>(name: string, attempt: (signal: AbortSignal, alive: () => void) => Promise<T>): Promise<T> {
    const { timeoutMs = 30_000 } = this.#options;
    const once = async (): Promise<T> => {
      const stop = new AbortController();
      let fail: (error: Error) => void = () => undefined;
      const stalled = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const timer = setTimeout(() => {
        fail(new Transient(`nothing came for ${timeoutMs} ms`));
        stop.abort();
      }, timeoutMs);
      const work = attempt(stop.signal, () => timer.refresh());
      // When it stalled it may fail later, too.
      work.catch(() => undefined);
      try {
        return await Promise.race([work, stalled]);
      } catch (thrown) {
        throw this.#explained(thrown, name);
      } finally {
        clearTimeout(timer);
      }
    };
    return retrying(this.#options, once, (last, attempts) => unreachable(this.#shown(name), last, attempts));
  }

  /** An error of the client, without its message, which may hold what is secret. */
  #explained(thrown: unknown, name: string): Error {
    if (thrown instanceof CrossbillError || thrown instanceof Transient) return thrown;
    const { name: kind = "Error", $metadata } = thrown as { name?: string; $metadata?: { httpStatusCode?: number } };
    const shown = this.#shown(name);
    if (/Credentials|TokenProvider/.test(kind))
      return new CrossbillError(
        "E_PERMISSION",
        `${shown}: no credentials were found (${kind}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE`,
        {
          cause: thrown,
          details: { path: shown },
        },
      );
    const status = $metadata?.httpStatusCode;
    if (status === undefined) return new Transient(kind);
    if (status === 412) return changed(shown);
    if (status === 416) return new CrossbillError("E_CORRUPT", `${shown}: ends before the bytes that are wanted`, { cause: thrown, details: { path: shown } });
    return statusError(shown, status);
  }
}
