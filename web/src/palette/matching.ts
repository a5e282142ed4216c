// How well words fit what was typed: every letter in its order, better at the beginning of words and in a row.

/** Higher is better; null when a letter is missing. */
export function fits(typed: string, words: string): number | null {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  const text = words.toLowerCase();
  let score = 0;
  let last = -2;
  let at = 0;
  for (const letter of wanted) {
    const found = text.indexOf(letter, at);
    if (found < 0) return null;
    const begins = found === 0 || /[\s._:@/-]/.test(text[found - 1]!);
    score += found === last + 1 ? 4 : begins ? 3 : 0;
    last = found;
    at = found + 1;
  }
  return score - text.length / 100;
}

/** What fits, the best first; everything as it stands while nothing is typed. */
export function best<T extends { words: string }>(typed: string, among: readonly T[], most: number): T[] {
  if (!typed.trim()) return among.slice(0, most);
  return among
    .map((one) => ({ one, score: fits(typed, one.words) }))
    .filter((found): found is { one: T; score: number } => found.score !== null)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map((found) => found.one);
}
