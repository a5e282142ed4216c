// Ticked runs or groups, in the order of ticking. The place is what gives a colour: who is unticked leaves a gap, so that nobody else
// changes colour, and the next one fills it.

export function toggled(list: readonly string[], one: string): string[] {
  const at = list.indexOf(one);
  if (at >= 0) return trimmed(list.map((other, place) => (place === at ? "" : other)));
  const gap = list.indexOf("");
  return gap < 0 ? [...list, one] : list.map((other, place) => (place === gap ? one : other));
}

export function without(list: readonly string[], gone: readonly string[]): string[] {
  return trimmed(list.map((one) => (gone.includes(one) ? "" : one)));
}

/** Each that is ticked with its place. */
export function slots(list: readonly string[]): Map<string, number> {
  return new Map(list.flatMap((one, at) => (one ? [[one, at] as [string, number]] : [])));
}

function trimmed(list: readonly string[]): string[] {
  const made = [...list];
  while (made.length && made.at(-1) === "") made.pop();
  return made;
}
