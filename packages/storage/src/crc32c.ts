// Castagnoli polynomial, reflected (RFC 3720, B.4). TABLES[k * 256 + b]: the CRC of byte b followed by k zero bytes, so that four bytes go at once.
const TABLES = makeTables();

function makeTables(): Uint32Array {
  const tables = new Uint32Array(4 * 256);
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
  for (; i + 4 <= end; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = TABLES[768 + (crc & 255)]! ^ TABLES[512 + ((crc >>> 8) & 255)]! ^ TABLES[256 + ((crc >>> 16) & 255)]! ^ TABLES[crc >>> 24]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[i]!) & 255]!;
  return (crc ^ -1) >>> 0;
}
