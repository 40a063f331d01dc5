import { CrossbillError } from "@crossbill/messages";

/** How a source's bytes are compressed. */
export type Codec = "none" | "gzip" | "zstd";

/** Bytes at the beginning of a file that {@link codecOf} looks at. */
export const SNIFFED_BYTES = 8;

const MAGICS: readonly (readonly [string, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

/** What the extension of a path says: .gz is gzip, .zst is zstd. */
export function codecByName(path: string): Codec {
  return /\.gz$/i.test(path) ? "gzip" : /\.zst$/i.test(path) ? "zstd" : "none";
}

/**
 * By the extension, or else by the first bytes: no text or table that is read here begins like a gzip or zstd file.
 * @param shown for errors
 * @throws E_FORMAT (exit code 2) for an archive that is not read
 */
export function codecOf(shown: string, first: Uint8Array): Codec {
  const named = codecByName(shown);
  if (named !== "none") return named;
  const found = MAGICS.find(([, magic]) => magic.every((byte, i) => first[i] === byte))?.[0];
  if (found === "gzip" || found === "zstd") return found;
  // A text may begin with BZh; a bzip2 file goes on with a digit and the first six digits of pi.
  const bzip2 = found !== "bzip2" || (first[4] === 0x31 && first[5] === 0x41 && first[6] === 0x59);
  if (found === undefined || !bzip2) return "none";
  throw new CrossbillError("E_FORMAT", `${shown}: is a ${found} file; gzip and zstd are unpacked here: unpack it first`, {
    exitCode: 2,
    details: { path: shown },
  });
}
