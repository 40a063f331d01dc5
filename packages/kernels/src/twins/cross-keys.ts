/** A part of a combination: a text, an id above 0, or nothing. */
export type CrossPart = string | number | null;

/** The combination as one text (see {@link KeyKernels}); null: all parts are missing. */
export function crossKey(parts: readonly CrossPart[]): string | null {
  let key = "";
  let present = false;
  for (const part of parts) {
    if (part === null) key += "-";
    else {
      key += typeof part === "number" ? `${part};` : `${Buffer.byteLength(part)}:${part}`;
      present = true;
    }
  }
  return present ? key : null;
}

const [MISSING, COLON, SEMICOLON] = [0x2d, 0x3a, 0x3b];

/** The parts of a key; null: it is none. Bytes that are no UTF-8 become U+FFFD. */
export function crossKeyParts(key: Uint8Array): CrossPart[] | null {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  const parts: CrossPart[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === MISSING) {
      parts.push(null);
      at++;
      continue;
    }
    let number = 0;
    const from = at;
    for (; bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at++) number = number * 10 + bytes[at]! - 0x30;
    const mark = bytes[at++];
    if (at - from < 2 || (mark !== COLON && mark !== SEMICOLON)) return null;
    if (mark === SEMICOLON) parts.push(number);
    else if (at + number > bytes.length) return null;
    else {
      parts.push(bytes.toString("utf8", at, at + number));
      at += number;
    }
  }
  return parts;
}
