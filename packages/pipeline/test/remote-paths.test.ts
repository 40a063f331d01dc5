import http from "node:http";
import type { AddressInfo } from "node:net";
import test from "ava";
import { expandRemote } from "../dist/config/remote-paths.js";

test("patterns in addresses of S3 are expanded by listing, in byte order; everything else stays as it is", async (t) => {
  const keys = ["d/2.csv", "d/1.csv", "d/1.txt", "d/e/3.csv", "d/e/f/4.csv", "d/[x].csv", "other.csv"];
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const prefix = url.searchParams.get("prefix");
    if (prefix === null) return void response.writeHead(keys.includes(decodeURIComponent(url.pathname).slice("/bucket/".length)) ? 200 : 404).end();
    asked.push(prefix);
    const found = keys.filter((key) => key.startsWith(prefix)).map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
    response.end(`<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${found.join("")}</ListBucketResult>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "eu-central-1",
  });
  const expanded = async (...sources: string[]): Promise<string[]> =>
    (await expandRemote(sources, "data.train")).map((name) => name.replace("s3://bucket/", ""));
  t.deepEqual(await expanded("s3://bucket/d/*.csv"), ["d/1.csv", "d/2.csv", "d/[x].csv"]);
  t.deepEqual(await expanded("s3://bucket/d/**/*.csv"), ["d/1.csv", "d/2.csv", "d/[x].csv", "d/e/3.csv", "d/e/f/4.csv"]);
  t.deepEqual(await expanded("s3://bucket/d/?.csv", "s3://bucket/d/1.csv"), ["d/1.csv", "d/2.csv"]);
  t.deepEqual(await expanded("s3://bucket/d/[x].csv"), ["d/[x].csv"], "a key that looks like a pattern");
  t.deepEqual(asked, ["d/", "d/", "d/"]);
  t.deepEqual(await expanded("/data/*.csv", "-", "https://host/*.csv?x=*"), ["-", "/data/*.csv", "https://host/*.csv?x=*"]);
  await t.throwsAsync(expanded("s3://bucket/none/*.csv"), { code: "E_FILE_MISSING", message: /data\.train: s3:\/\/bucket\/none\/\*\.csv/ });
});
