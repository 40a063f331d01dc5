const FLUSH_CHARACTERS = 1 << 18;

/** Lines as UTF-8 chunks of some 256 KiB; every line gets its newline. */
export function* csvChunks(lines: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length >= FLUSH_CHARACTERS) {
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text !== "") yield encoder.encode(text);
}
