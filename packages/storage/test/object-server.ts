import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A server of objects on 127.0.0.1, like a web server and like S3 (buckets as paths), which fails as it is told. */
export interface ObjectServer {
  readonly url: string;
  /** By path, "/bucket/key". */
  readonly objects: Map<string, Uint8Array>;
  /** Requests so far: "GET /bucket/key bytes=0-0". */
  readonly log: string[];
  /** Called for each request; true: it has dealt with it. */
  fault: (request: http.IncomingMessage, response: http.ServerResponse, n: number) => boolean;
  /** Whether ranges are given. */
  ranges: boolean;
  close(): Promise<void>;
}

export async function objectServer(): Promise<ObjectServer> {
  const objects = new Map<string, Uint8Array>();
  const log: string[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const path = decodeURIComponent(url.pathname);
    log.push(`${request.method} ${path}${request.headers.range === undefined ? "" : ` ${request.headers.range}`}`);
    if (made.fault(request, response, log.length)) return;
    if (request.method === "PUT") {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        objects.set(path, Buffer.concat(parts));
        response.end();
      });
      return;
    }
    if (request.method === "DELETE") {
      objects.delete(path);
      response.writeHead(204).end();
      return;
    }
    if (url.searchParams.has("list-type")) return void response.end(listing(objects, path, url.searchParams));
    const bytes = objects.get(path);
    if (bytes === undefined) return void response.writeHead(404).end();
    send(request, response, bytes, made.ranges);
  });
  const made: ObjectServer = {
    url: "",
    objects,
    log,
    fault: () => false,
    ranges: true,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(made, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export function etagOf(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function send(request: http.IncomingMessage, response: http.ServerResponse, bytes: Uint8Array, ranges: boolean): void {
  const etag = etagOf(bytes);
  if (request.headers["if-match"] !== undefined && request.headers["if-match"] !== etag) return void response.writeHead(412).end();
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined || !ranges) {
    response.writeHead(200, { etag, "content-length": bytes.length });
    return void response.end(request.method === "HEAD" ? undefined : bytes);
  }
  if (Number(from) >= bytes.length) return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  const part = bytes.subarray(Number(from), Number(to) + 1);
  response.writeHead(206, { etag, "content-length": part.length, "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` });
  response.end(part);
}

/** ListObjectsV2, two keys a page. */
function listing(objects: ReadonlyMap<string, Uint8Array>, bucket: string, query: URLSearchParams): string {
  const root = `${bucket.replace(/\/$/, "")}/`;
  const keys = [...objects.keys()].filter((path) => path.startsWith(root + (query.get("prefix") ?? ""))).sort();
  const start = Number(query.get("continuation-token") ?? 0);
  const page = keys.slice(start, start + 2);
  const more = start + 2 < keys.length;
  const text = (value: string): string => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const contents = page.map((path) => {
    const bytes = objects.get(path)!;
    return `<Contents><Key>${text(path.slice(root.length))}</Key><Size>${bytes.length}</Size><ETag>${text(etagOf(bytes))}</ETag></Contents>`;
  });
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${start + 2}</NextContinuationToken>` : ""}${contents.join("")}</ListBucketResult>`;
}
