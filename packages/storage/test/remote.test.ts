import { randomBytes } from "node:crypto";
import { httpStore, type ObjectSink, openAddress, readObject, s3Store } from "@crossbill/storage";
import test, { type ExecutionContext } from "ava";
import { etagOf, type ObjectServer, objectServer } from "./object-server.js";

const QUICK = { pauseMs: 1, timeoutMs: 300 };
const BYTES = randomBytes(100_000);

async function served(t: ExecutionContext): Promise<ObjectServer> {
  const server = await objectServer();
  t.teardown(() => server.close());
  server.objects.set("/bucket/a b.bin", BYTES);
  return server;
}

async function whole(server: ObjectServer, options: object = {}): Promise<Buffer> {
  const { store, name } = await openAddress(`${server.url}/bucket/a%20b.bin?token=secret`, QUICK);
  const parts: Uint8Array[] = [];
  const sink: ObjectSink = {
    take: async (bytes) => void parts.push(bytes),
    restart: async () => {
      parts.length = 0;
    },
  };
  await readObject(store, name, "shown", sink, { ...QUICK, partBytes: 30_000, ...options });
  return Buffer.concat(parts);
}

test("an object of a web server is read in ranges, with its query", async (t) => {
  const server = await served(t);
  t.deepEqual(await whole(server), BYTES);
  t.deepEqual(server.log.slice(0, 3), ["GET /bucket/a b.bin bytes=0-0", "GET /bucket/a b.bin bytes=0-29999", "GET /bucket/a b.bin bytes=30000-59999"]);
  t.is(new Set(server.log).size, 5, server.log.join()); // on a busy machine one may time out and be asked for again
  server.objects.set("/bucket/a b.bin", new Uint8Array(0));
  t.deepEqual(await whole(server), Buffer.alloc(0));
});

test("where there are no ranges it is read in one stream, which begins anew when it is cut", async (t) => {
  const server = await served(t);
  server.ranges = false;
  server.fault = (_, response, n) => {
    if (n !== 2) return false;
    response.writeHead(200, { "content-length": BYTES.length });
    response.write(BYTES.subarray(0, 40_000), () => response.destroy());
    return true;
  };
  t.deepEqual(await whole(server), BYTES);
  t.is(server.log.length, 3);
});

test("cut, slow, busy and failing answers are asked for again, a bounded number of times", async (t) => {
  const server = await served(t);
  const faults: ((response: import("node:http").ServerResponse) => void)[] = [
    (response) => void response.writeHead(503).end(),
    (response) => void response.writeHead(429, { "retry-after": "0" }).end(),
    (response) => void response.destroy(),
    (response) => {
      response.writeHead(206, { "content-length": 30_000, "content-range": `bytes 0-29999/${BYTES.length}`, etag: etagOf(BYTES) });
      response.write(BYTES.subarray(0, 10_000), () => response.destroy());
    },
  ];
  // Each request fails once with each fault before it is answered.
  server.fault = (_, response, n) => {
    const fault = faults[(n - 1) % (faults.length + 1)];
    fault?.(response);
    return fault !== undefined;
  };
  t.deepEqual(await whole(server), BYTES);
  const slow = await served(t);
  slow.fault = (_, response, n) => {
    if (n !== 2) return false;
    response.writeHead(206, { "content-length": 30_000, "content-range": `bytes 0-29999/${BYTES.length}`, etag: etagOf(BYTES) });
    response.write(BYTES.subarray(0, 10));
    return true;
  };
  t.deepEqual(await whole(slow), BYTES, "one that stalls");
  const dead = await served(t);
  dead.fault = (_, response) => {
    response.writeHead(500).end();
    return true;
  };
  const error = await t.throwsAsync(whole(dead), { code: "E_UNREACHABLE", message: /5 attempts: status 500/ });
  t.notRegex(error!.message, /secret/);
  t.is(dead.log.length, 5);
});

test("an object that changes while it is read is an error, not a mixture", async (t) => {
  const server = await served(t);
  server.fault = (_, __, n) => {
    if (n === 3) server.objects.set("/bucket/a b.bin", randomBytes(100_000));
    return false;
  };
  await t.throwsAsync(whole(server), { code: "E_INPUT_CHANGED" });
});

test("what cannot be read is said, without what is secret", async (t) => {
  const server = await served(t);
  const address = `${server.url.replace("//", "//user:password@")}/bucket/none?token=secret`;
  const { store, name } = await openAddress(address, QUICK);
  t.is(await store.head(name), undefined);
  server.fault = (request, response) => {
    t.is(request.headers.authorization, `Basic ${Buffer.from("user:password").toString("base64")}`);
    response.writeHead(403).end();
    return true;
  };
  for (const attempt of [store.head(name), store.getRange(name, 0, 1)]) {
    const error = await t.throwsAsync(attempt, { code: "E_PERMISSION" });
    t.notRegex(error!.message + JSON.stringify(error), /secret|password/);
  }
  await t.throwsAsync(store.put(name, new Uint8Array(1)), { code: "E_READ_ONLY" });
  await t.throwsAsync(store.delete(name), { code: "E_READ_ONLY" });
  await t.throwsAsync(store.list(""), { code: "E_ADDRESS" });
  await t.throwsAsync(openAddress("http://example.com/a.csv"), { code: "E_ADDRESS" });
  await t.throwsAsync(openAddress("s3://bucket"), { code: "E_ADDRESS" });
  await t.throwsAsync(openAddress("https://"), { code: "E_ADDRESS" });
});

test("a redirect is followed, but not to what is no https", async (t) => {
  const server = await served(t);
  let to = "/bucket/a%20b.bin";
  server.fault = (request, response) => {
    if (request.url !== "/moved") return false;
    response.writeHead(302, { location: to }).end();
    return true;
  };
  const store = httpStore(new URL(`${server.url}/`), QUICK);
  t.deepEqual(Buffer.from(await store.getRange("moved", 5, 10)), BYTES.subarray(5, 15));
  to = "http://example.com/";
  await t.throwsAsync(store.head("moved"), { code: "E_ADDRESS" });
  to = "/moved";
  await t.throwsAsync(store.head("moved"), { code: "E_ADDRESS", message: /more than 5 times/ });
});

test.serial("a bucket of S3 is put to, listed page by page, looked at, read by range, and deleted from", async (t) => {
  const server = await served(t);
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" });
  const store = await s3Store("bucket", QUICK);
  for (const name of ["d/b", "d/a", "d/c", "e"]) await store.put(name, Buffer.from(name));
  t.deepEqual(
    (await store.list("d/")).map(({ name, length }) => [name, length]),
    [
      ["d/a", 3],
      ["d/b", 3],
      ["d/c", 3],
    ],
  );
  await store.delete("d/a");
  t.is(await store.head("d/a"), undefined);
  const head = await store.head("a b.bin");
  t.is(head!.length, BYTES.length);
  t.deepEqual(Buffer.from(await store.getRange("a b.bin", 10, 20, head!.version)), BYTES.subarray(10, 30));
  await t.throwsAsync(store.getRange("none", 0, 1), { code: "E_NOT_FOUND" });
  server.objects.set("/bucket/a b.bin", randomBytes(100));
  await t.throwsAsync(store.getRange("a b.bin", 0, 1, head!.version), { code: "E_INPUT_CHANGED" });
  await t.throwsAsync(store.getRange("a b.bin", 200, 1), { code: "E_CORRUPT" });
});

test.serial("S3 that is busy, cuts or stalls is asked again; one that refuses is not", async (t) => {
  const server = await served(t);
  Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "eu-central-1" });
  const store = await s3Store("bucket", QUICK);
  const head206 = { "content-length": 1000, "content-range": `bytes 0-999/${BYTES.length}`, etag: etagOf(BYTES) };
  server.fault = (_, response, n) => {
    if (n === 1) response.writeHead(503).end("<Error><Code>SlowDown</Code></Error>");
    else if (n === 2) response.writeHead(206, head206).write(BYTES.subarray(0, 10), () => response.destroy());
    else if (n === 3) response.writeHead(206, head206).write(BYTES.subarray(0, 10));
    else return false;
    return true;
  };
  t.deepEqual(Buffer.from(await store.getRange("a b.bin", 0, 1000)), BYTES.subarray(0, 1000));
  t.is(server.log.length, 4);
  server.fault = (_, response) => {
    response.writeHead(403).end("<Error><Code>SignatureDoesNotMatch</Code><Message>secret</Message></Error>");
    return true;
  };
  const error = await t.throwsAsync(store.getRange("a b.bin", 0, 1), { code: "E_PERMISSION" });
  t.notRegex(error!.message, /secret/);
});
