// The state of anything: a sign, a word and a colour, never the colour alone.
const STATES: Record<string, [sign: string, tone: string]> = {
  queued: ["…", "warn"],
  starting: ["▷", "accent"],
  running: ["▶", "accent"],
  done: ["✓", "ok"],
  reused: ["↺", "idle"],
  failed: ["✕", "bad"],
  stopped: ["■", "idle"],
  candidate: ["○", "idle"],
  waiting: ["…", "warn"],
  approved: ["✓", "ok"],
  passed: ["✓", "ok"],
  rejected: ["✕", "bad"],
  error: ["!", "bad"],
  live: ["●", "ok"],
  canary: ["◐", "accent"],
  shadow: ["◌", "idle"],
  ready: ["○", "idle"],
  retired: ["–", "idle"],
  "taken back": ["↩", "bad"],
  paused: ["‖", "warn"],
  on: ["●", "ok"],
  off: ["○", "idle"],
  watching: ["◉", "ok"],
  open: ["▲", "bad"],
  acknowledged: ["△", "warn"],
  closed: ["✓", "idle"],
  good: ["✓", "ok"],
  bad: ["▲", "bad"],
  small: ["·", "idle"],
  due: ["…", "warn"],
  holding: ["◷", "warn"],
  acting: ["▶", "accent"],
  skipped: ["–", "idle"],
  dry: ["◌", "idle"],
  "no match": ["–", "idle"],
};

/** The sign of a state and its tone, for where there is no room for the word. */
export const signOf = (state: string): readonly [sign: string, tone: string] => STATES[state] ?? ["•", "idle"];

export function State({ is, title }: { is: string; title?: string }) {
  const [sign, tone] = signOf(is);
  return (
    <span class={`state ${tone}`} title={title}>
      <i aria-hidden="true">{sign}</i>
      {is}
    </span>
  );
}

/** How the state of a run is told: a result that came from an earlier run is `reused`. */
export function stateOf(run: { state: string; reused_from?: number | null }): string {
  return run.state === "done" && run.reused_from ? "reused" : run.state;
}
