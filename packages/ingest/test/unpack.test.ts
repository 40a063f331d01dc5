import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { codecOf } from "../dist/compression.js";
import { unpackFile } from "../dist/unpack-file.js";
import type { Unpacker } from "../dist/unpackers.js";
import { unzstd } from "../dist/unzstd.js";
import { folder, inOwnMemory, write } from "./support.js";
import { rawFrame, rleFrame, skippable, ZSTD_TEXT, zstdFixture } from "./zstd-support.js";

const nothing = (): void => undefined;

async function unpacked(t: ExecutionContext, packed: Uint8Array, codec: "gzip" | "zstd", most = 0): Promise<Buffer> {
  const dir = folder(t);
  const target = path.join(dir, "spool", "1");
  const { length, sha256 } = await unpackFile({ path: write(dir, "a.packed", packed), shown: "/data/a.csv.gz", codec }, target, most, nothing);
  const bytes = fs.readFileSync(target);
  t.is(bytes.length, length);
  t.is(sha256, createHash("sha256").update(packed).digest("hex"));
  return bytes;
}

async function refused(t: ExecutionContext, packed: Uint8Array, codec: "gzip" | "zstd", what: string): Promise<void> {
  const dir = folder(t);
  const target = path.join(dir, "spool", "1");
  const error = await t.throwsAsync(unpackFile({ path: write(dir, "a.packed", packed), shown: "/data/a.csv.gz", codec }, target, 0, nothing), undefined, what);
  t.is((error as unknown as { code: string }).code, "E_CORRUPT", what);
  t.regex(error!.message, /\/data\/a\.csv\.gz: damaged or cut short/);
  t.false(fs.existsSync(target), what);
}

const LINES = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `${i},value ${(i * 7919) % 1000}\n`).join(""));

/** All of an unpacker's output for bytes that come in pieces of `cut`. */
async function streamed(unpack: Unpacker, packed: Uint8Array, cut: number): Promise<Buffer> {
  const out: Uint8Array[] = [];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < packed.length; at += cut) yield packed.slice(at, at + cut);
  }
  await unpack(pieces(), async (bytes) => void out.push(bytes.slice()));
  return Buffer.concat(out);
}

test("gzip: one member or several, zeros behind them", async (t) => {
  const [a, b] = [LINES.subarray(0, 100_000), LINES.subarray(100_000)];
  t.deepEqual(await unpacked(t, zlib.gzipSync(LINES), "gzip"), LINES);
  t.deepEqual(await unpacked(t, Buffer.concat([zlib.gzipSync(a), zlib.gzipSync(b)]), "gzip"), LINES);
  t.deepEqual(await unpacked(t, Buffer.concat([zlib.gzipSync(LINES), Buffer.alloc(70_000)]), "gzip"), LINES);
});

test("gzip: no damage and no missing byte goes unnoticed", async (t) => {
  const good = zlib.gzipSync(LINES);
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(good);
    copy[at]! ^= 1;
    return copy;
  };
  await refused(t, good.subarray(0, good.length - 1), "gzip", "a byte is missing");
  await refused(t, good.subarray(0, good.length >> 1), "gzip", "half is missing");
  await refused(t, flipped(0), "gzip", "another magic number");
  await refused(t, flipped(good.length >> 1), "gzip", "a bit in the middle");
  await refused(t, flipped(good.length - 6), "gzip", "a bit of the checksum");
  await refused(t, flipped(good.length - 1), "gzip", "a bit of the length");
  await refused(t, Buffer.concat([good, flipped(0)]), "gzip", "a second member that begins wrongly");
  await refused(t, Buffer.concat([good, good.subarray(0, 5)]), "gzip", "a second member cut in its header");
  await refused(t, Buffer.concat([good, Buffer.alloc(100), good]), "gzip", "a member behind zeros, which readers leave out silently");
  await refused(t, Buffer.concat([good, Buffer.alloc(200_000), Buffer.from("x")]), "gzip", "text far behind the end");
  await refused(t, Buffer.from("id,y\n1,2\n"), "gzip", "plain text");
});

for (const native of [false, ...("createZstdDecompress" in zlib ? [true] : [])]) {
  const name = `zstd by ${native ? "node:zlib" : "fzstd"}`;
  const unpack = unzstd(native);

  test(`${name}: what zstd wrote, in any pieces`, async (t) => {
    const packed = zstdFixture();
    for (const cut of [1, 7, 1000, packed.length]) t.is((await streamed(unpack, packed, cut)).toString(), ZSTD_TEXT);
  });

  test(`${name}: frames one behind the other, skippable ones, empty ones, with checksums and sizes and without`, async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), checksum: fc.boolean(), size: fc.boolean(), skip: fc.boolean() }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 50 }),
        async (frames, cut) => {
          const packed = Buffer.concat(frames.flatMap(({ bytes, skip, ...how }) => [...(skip ? [skippable(5)] : []), rawFrame(bytes, how)]));
          t.deepEqual(await streamed(unpack, packed, cut), Buffer.concat(frames.map(({ bytes }) => bytes)));
        },
      ),
      { numRuns: 40 },
    );
  });

  test(`${name}: no damage and no missing byte goes unnoticed`, async (t) => {
    const packed = zstdFixture();
    const bad = async (bytes: Uint8Array, what: string): Promise<void> => {
      await t.throwsAsync(streamed(unpack, bytes, 1000), undefined, what);
    };
    for (let length = 1; length < packed.length; length += 997) await bad(packed.subarray(0, length), `cut at ${length}`);
    for (let at = 0; at < packed.length; at += 601) {
      const copy = Buffer.from(packed);
      copy[at]! ^= 4;
      const text = await streamed(unpack, copy, 1000).then(
        (out) => out.toString(),
        () => ZSTD_TEXT,
      );
      t.is(text, ZSTD_TEXT, `bit flipped at ${at}`);
    }
    await bad(Buffer.concat([packed, packed.subarray(0, packed.length - 1)]), "a second frame cut short");
    await bad(Buffer.concat([packed, Buffer.from("id,y\n")]), "text behind it");
    await bad(Buffer.concat([packed, Buffer.alloc(3)]), "zeros behind it");
    const sized = rawFrame(Buffer.from("abc"), { checksum: false, size: true });
    sized[6] = 4;
    await bad(sized, "a wrong size");
  });
}

test("a file that unpacks to far more than it has is refused early, in little memory, whatever it says of its size", async (t) => {
  const dir = folder(t);
  const member = zlib.gzipSync(Buffer.alloc(2 ** 26));
  const bombs = [
    ["gzip", Buffer.concat(Array<Buffer>(160).fill(member))],
    ["zstd", rleFrame(0, 81_920)],
  ] as const;
  for (const [codec, bytes] of bombs) {
    const target = path.join(dir, "spool", codec);
    const { code, message, peak } = await inOwnMemory({ kind: "unpack", file: write(dir, codec, bytes), codec, target });
    t.is(code, "E_UNPACKED_SIZE");
    t.regex(message, /268435456/);
    t.true(peak < 4e8, `${peak} bytes`);
    t.false(fs.existsSync(target));
  }
});

test("the limit can be set, to the byte", async (t) => {
  const packed = zlib.gzipSync(LINES);
  t.deepEqual(await unpacked(t, packed, "gzip", LINES.length), LINES);
  await t.throwsAsync(unpacked(t, packed, "gzip", LINES.length - 1), { message: /data\.maxDecompressed/ });
});

test("a window that would take too much memory is refused", async (t) => {
  const wide = Buffer.from(rleFrame(0, 1));
  wide[5] = 0xff;
  await refused(t, wide, "zstd", "a window of terabytes");
});

test("a codec is told by the extension or by the first bytes; other archives are refused by name", (t) => {
  const of = (name: string, first: number[] = []): string => codecOf(name, Uint8Array.from(first));
  t.is(of("a.csv.gz"), "gzip");
  t.is(of("a.CSV.ZST"), "zstd");
  t.is(of("a.csv", [0x1f, 0x8b, 8]), "gzip");
  t.is(of("standard input", [0x28, 0xb5, 0x2f, 0xfd]), "zstd");
  t.is(of("a.csv", [...Buffer.from("BZhe,y\n")]), "none");
  t.is(of("a.csv"), "none");
  for (const [first, name] of [
    [[0x50, 0x4b, 3, 4], "zip"],
    [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"],
    [[0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26], "bzip2"],
  ] as const)
    t.throws(() => of("a.csv", [...first]), { code: "E_FORMAT", message: new RegExp(name) });
});
