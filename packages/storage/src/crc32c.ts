// Castagnoli polynomial, reflected (RFC 3720, B.4). TABLES[k * 256 + b]: the CRC of byte b followed by k zero bytes, so that eight bytes go at once.
const TABLES = makeTables();
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function makeTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let b = 0; b < 256; b++) {
    let crc = b;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    tables[b] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
}

/** CRC-32C of `bytes[start, end)`, as an unsigned 32-bit number. `crc32c(utf8("123456789")) = 0xe3069283`. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let crc = -1;
  let i = start;
  if (LITTLE_ENDIAN && end - start >= 32) {
    for (; i < end && ((bytes.byteOffset + i) & 3) !== 0; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]!) & 255]!;
    const pairs = (end - i) >>> 3;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, 2 * pairs);
    for (let k = 0; k < words.length; k += 2) {
      const a = crc ^ words[k]!;
      const b = words[k + 1]!;
      crc =
        TABLES[1792 + (a & 255)]! ^
        TABLES[1536 + ((a >>> 8) & 255)]! ^
        TABLES[1280 + ((a >>> 16) & 255)]! ^
        TABLES[1024 + (a >>> 24)]! ^
        TABLES[768 + (b & 255)]! ^
        TABLES[512 + ((b >>> 8) & 255)]! ^
        TABLES[256 + ((b >>> 16) & 255)]! ^
        TABLES[b >>> 24]!;
    }
    i += 8 * pairs;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ -1) >>> 0;
}
