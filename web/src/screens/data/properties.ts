// What people write of a file, as the record keeps it.

/** Tags of a line of words, and one property; an empty value removes it, and what reads as JSON is kept as such. */
export function described(tags: string, key: string, value: string): Record<string, unknown> {
  const words = tags
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
  return { "valohai.tags": words, ...(key.trim() ? { [key.trim()]: meant(value) } : {}) };
}

function meant(text: string): unknown {
  if (!text.trim()) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text; // plain words need no quotes
  }
}
