// The signs of verdicts: never the colour alone.
const SIGNS: Record<string, readonly [string, string]> = {
  good: ["✓", "ok"],
  bad: ["▲", "bad"],
  small: ["·", "idle"],
  waiting: ["…", "warn"],
  unknown: ["?", "warn"],
};

export const signOf = (verdict: string): readonly [string, string] => SIGNS[verdict] ?? ["?", "idle"];
