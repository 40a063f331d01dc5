const PRIME32 = 0x9e3779b1n;
const STEP = 0x9e3779b97f4a7c15n;
const MIX = 0xff51afd7ed558ccdn;
const BLOCK = 16;

const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);

function fold(hash: bigint, lane: bigint): bigint {
  const h = u64((hash ^ lane) * MIX);
  return u64((h ^ (h >> 32n)) * STEP);
}

/** The twin of `checksum_u64`: eight lanes of 64 bits, of which the neighbours' data are added crosswise. */
export function checksum(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lanes = Array.from({ length: 8 }, (_, i) => BigInt(i + 1));
  const keys = lanes.map((lane) => u64(lane * MIX));
  const whole = Math.floor(bytes.length / 64);
  for (let stripe = 0; stripe < whole; stripe++) {
    const data = lanes.map((_, i) => view.getBigUint64(64 * stripe + 8 * i, true));
    for (let i = 0; i < 8; i++) {
      const keyed = data[i]! ^ keys[i]!;
      lanes[i] = u64(lanes[i]! + data[i ^ 1]! + (keyed & 0xffffffffn) * (keyed >> 32n));
      keys[i] = u64(keys[i]! + STEP);
    }
    if (stripe % BLOCK === BLOCK - 1) for (let i = 0; i < 8; i++) lanes[i] = u64((lanes[i]! ^ (lanes[i]! >> 47n) ^ keys[i]!) * PRIME32);
  }
  let hash = lanes.reduce(fold, BigInt(bytes.length));
  for (const byte of bytes.subarray(64 * whole)) hash = fold(hash, BigInt(byte));
  return hash ^ (hash >> 29n);
}
