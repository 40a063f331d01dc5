/** Whether a text is a list of items, or of items and their weights. */
export function isList(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.every((item) => typeof item !== "object" || item === null);
    return Object.values(value as Record<string, unknown>).every((weight) => weight === null || typeof weight === "number");
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return false;
  }
}
