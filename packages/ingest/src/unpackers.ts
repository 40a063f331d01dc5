/** What was found wrong with compressed data; the caller says where. */
export class DamagedData extends Error {}

/** Takes unpacked bytes; they are its own only until the returned promise is settled. It may refuse more by throwing. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/**
 * Unpacks compressed bytes as they come, in bounded memory.
 * @throws DamagedData; what the sink throws
 */
export type Unpacker = (packed: AsyncIterable<Uint8Array>, sink: Sink) => Promise<void>;
