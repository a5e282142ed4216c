// What stands for a run wherever it is drawn: a colour, a dash and a marker, the same in the table and in every chart.
import { token } from "../state/theme";

export const SLOTS = 6;
const SIGNS = ["●", "▲", "■", "◆", "▼", "✚"] as const;
const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [13, 4], [5, 2, 2, 2, 2, 2]] as const;

/** From the seventh on colours come again, with another dash and marker: 36 differ. */
function turned(slot: number): number {
  return (slot + Math.floor(slot / SLOTS)) % SLOTS;
}

export const signOf = (slot: number): string => SIGNS[turned(slot)]!;
export const dashOf = (slot: number): readonly number[] => DASHES[turned(slot)]!;
export const variableOf = (slot: number): string => `--series-${(slot % SLOTS) + 1}`;
export const colourOf = (slot: number): string => token(variableOf(slot));

export function Sign({ slot }: { slot: number }) {
  return (
    <span class="sign" style={{ color: `var(${variableOf(slot)})` }} aria-hidden="true">
      {signOf(slot)}
    </span>
  );
}

/** The piece of line that a legend shows. */
export function Dash({ slot }: { slot: number }) {
  return (
    <svg class="dash" width="34" height="10" aria-hidden="true" style={{ color: `var(${variableOf(slot)})` }}>
      <line x1="0" y1="5" x2="34" y2="5" stroke="currentColor" stroke-width="2" stroke-dasharray={dashOf(slot).join(" ")} />
      <text x="17" y="9" text-anchor="middle" font-size="10" fill="currentColor">
        {signOf(slot)}
      </text>
    </svg>
  );
}
