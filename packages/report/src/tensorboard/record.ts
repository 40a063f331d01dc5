import { crc32c } from "@crossbill/storage";

/** Bytes of a record beside its data. */
const FRAME = 16;
const MASK_DELTA = 0xa282ead8;

/**
 * One record of a TFRecord file: u64 length, u32 masked CRC-32C of the eight length bytes, the data, u32 masked CRC-32C of the data; all little-endian.
 * (TensorFlow, tensorflow/core/lib/io/record_writer.h.)
 */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + FRAME);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record, 0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** The checksum of a checksum would be trivial to get; so it is turned by 15 bits and shifted by a constant. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
