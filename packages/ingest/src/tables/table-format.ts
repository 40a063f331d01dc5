/**
 * A table file, our own and trusted: what a foreign file holds, once it has been read in a process apart.
 *
 *     "CBTABLE1"                      8 bytes
 *     batches                         numbers, lengths and bytes of each field, each at a multiple of 8
 *     TableIndex                      a message
 *     its length, u32; "CBTI"         8 bytes
 *
 * A batch has at most TABLE_ROWS rows, all but the last of a file as many, unless its texts are very long.
 */
export const TABLE_MAGIC: Uint8Array = Buffer.from("CBTABLE1", "latin1");
export const TABLE_END: Uint8Array = Buffer.from("CBTI", "latin1");
/** Bytes of a table file behind which the next one begins. */
export const TABLE_BYTES: number = 32 * 2 ** 20;
/** Rows of a batch at most: BATCH_ROWS of @crossbill/columns, which the process that writes tables does not load. */
export const TABLE_ROWS = 8192;
