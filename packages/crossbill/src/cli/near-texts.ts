/** Of some texts those that differ from `text` in two characters at most (put in, left out, or exchanged), nearest first, and so many. */
export function nearTexts(text: string, texts: readonly string[], most: number): string[] {
  return texts
    .map((other) => ({ other, off: Math.abs(other.length - text.length) > FAR ? FAR + 1 : distance(text.toLowerCase(), other.toLowerCase()) }))
    .filter(({ off }) => off <= FAR)
    .sort((a, b) => a.off - b.off)
    .slice(0, most)
    .map(({ other }) => other);
}

const FAR = 2;

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    above = row;
  }
  return above[b.length]!;
}
