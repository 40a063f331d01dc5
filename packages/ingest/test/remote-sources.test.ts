import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import zlib from "node:zlib";
import { ingestHandlers } from "@crossbill/ingest";
import { threadsExecutor } from "@crossbill/tasks";
import test, { type ExecutionContext } from "ava";
import { csvOf, folder, hashes, rowsOf, run, write } from "./support.js";

interface Served {
  readonly url: string;
  readonly objects: Map<string, Uint8Array>;
  readonly log: string[];
}

/** Objects on 127.0.0.1 as a web server and as S3 give them. */
async function served(t: ExecutionContext): Promise<Served> {
  const objects = new Map<string, Uint8Array>();
  const log: string[] = [];
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    log.push(`${request.method} ${pathname}`);
    const bytes = objects.get(pathname);
    if (bytes === undefined) return void response.writeHead(404).end();
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (from === undefined) return void response.writeHead(200, { etag, "content-length": bytes.length }).end(request.method === "HEAD" ? undefined : bytes);
    const part = bytes.subarray(Number(from), Number(to) + 1);
    response.writeHead(206, { etag, "content-length": part.length, "content-range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` });
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, objects, log };
}

const csv = (seed: number): string => csvOf(rowsOf(400, seed));

test.serial("objects of a web server give the same packs as the files, read on threads; secrets of their addresses are kept nowhere", async (t) => {
  const dir = folder(t);
  const { url, objects } = await served(t);
  objects.set("/data/1.csv.gz", zlib.gzipSync(csv(1)));
  objects.set("/data/2.csv", Buffer.from(csv(2)));
  const plain = await run(`${dir}/plain`, { train: [write(dir, "1.csv", csv(1)), write(dir, "2.csv", csv(2))] });
  const root = `${dir}/work`;
  const executor = threadsExecutor({ handlers: [ingestHandlers], root, workers: 2 });
  const train = [`${url}/data/1.csv.gz?signature=SECRET`, `${url.replace("//", "//user:SECRET@")}/data/2.csv`];
  const outcome = await run(root, { train, executor });
  t.true((await run(root, { train, executor })).skipped);
  objects.set("/data/2.csv", Buffer.from(csv(3)));
  t.is((await run(root, { train, executor })).anew, "2.csv changed");
  await executor.close();
  t.deepEqual(hashes(outcome), hashes(plain));
  for (const file of fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    t.notRegex(file.name, /SECRET/);
    t.false(fs.readFileSync(`${file.parentPath}/${file.name}`).includes("SECRET"), file.name);
  }
  const missing = await t.throwsAsync(run(`${dir}/none`, { train: [`${url}/none.csv?signature=SECRET`] }), { message: /none\.csv/ });
  t.notRegex(missing!.message + JSON.stringify(missing), /SECRET/);
});

test.serial("objects of S3 give the same packs as the files; a night asks for their heads and reads what is new", async (t) => {
  const dir = folder(t);
  const { url, objects, log } = await served(t);
  Object.assign(process.env, { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" });
  objects.set("/bucket/d/1.csv", Buffer.from(csv(1)));
  objects.set("/bucket/d/2.csv", Buffer.from(csv(2)));
  const plain = await run(`${dir}/plain`, { train: [write(dir, "1.csv", csv(1))] });
  const night = async (train: string[]) => {
    log.length = 0;
    return run(`${dir}/work`, { train });
  };
  const gets = (): string[] => [...new Set(log.filter((line) => line.startsWith("GET")))];
  const [one, two] = ["s3://bucket/d/1.csv", "s3://bucket/d/2.csv"];
  t.deepEqual(hashes(await night([one!])), hashes(plain));
  t.true((await night([one!])).skipped);
  t.deepEqual(gets(), []);
  const second = await night([one!, two!]);
  t.deepEqual([second.read, second.skipped], [400, false]);
  t.deepEqual(gets(), ["GET /bucket/d/2.csv"]);
  objects.set("/bucket/d/1.csv", Buffer.from(csv(4)));
  t.is((await night([one!, two!])).anew, "1.csv changed");
  await t.throwsAsync(night(["s3://bucket/d/none.csv"]), { code: "E_FILE_MISSING", message: /s3:\/\/bucket\/d\/none\.csv/ });
});
