// When a trigger does not act although its news came: as fields of a form, as the record keeps it, as lines of a file.
import type { Schema } from "../api/client";

export type Limits = Schema<"Limits">;
export type Bounds = {
  cooldown: number;
  most: number;
  per: number;
  /** For an alarm: how long it must be open. */
  persists: number;
  /** One at a time. */
  alone: boolean;
  /** Never while an alarm of quality is open. */
  quality: boolean;
};

export const DAY = 86_400;
const QUALITY = "quality";

export function boundsOf(of: Limits): Bounds {
  return {
    cooldown: of.cooldown ?? 0,
    most: of.most ?? 0,
    per: of.per || 7 * DAY,
    persists: of.persists ?? 0,
    alone: !!of.concurrency,
    quality: (of.unless_open ?? []).includes(QUALITY),
  };
}

/** What the record keeps; what no field tells of stays as it was `before`. */
export function limitsOf(of: Bounds, before: Limits = {}): Limits {
  const { most: _most, per: _per, unless_open, ...kept } = before;
  const kinds = [...(unless_open ?? []).filter((kind) => kind !== QUALITY), ...(of.quality ? [QUALITY] : [])];
  return {
    ...kept,
    cooldown: of.cooldown,
    ...(of.most ? { most: of.most, per: of.per } : {}),
    concurrency: of.alone ? before.concurrency || 1 : 0,
    persists: of.persists,
    ...(kinds.length ? { unless_open: kinds } : {}),
  };
}

/** Whether news of this kind are of alarms, which may close by themselves. */
export const ofAlarms = (kind: string): boolean => /^(alarm\b|\*)/.test(kind);

/** The same as arguments of `trigger(...)` in a file, a line each. */
export function limitLines(of: Limits): string[] {
  const kinds = of.unless_open ?? [];
  return [
    of.cooldown ? `cooldown=${of.cooldown},` : "",
    of.most ? `at_most=(${of.most}, ${of.per}),` : "",
    of.concurrency ? `concurrency=${of.concurrency},` : "",
    of.persists ? `persists=${of.persists},` : "",
    kinds.length ? `unless_open=${JSON.stringify(kinds.length === 1 ? kinds[0] : kinds)},` : "",
  ].filter(Boolean);
}

type Props = {
  of: Bounds;
  put: (part: Partial<Bounds>) => void;
  /** What comes is an alarm. */
  alarm?: boolean;
};

export function LimitFields({ of, put, alarm = false }: Props) {
  const hours = (seconds: number) => String(Number((seconds / 3600).toPrecision(4)));
  return (
    <div class="settings-form">
      <label class="field">
        Not again for (hours)
        <input
          type="number"
          min={0}
          step="any"
          value={hours(of.cooldown)}
          onInput={(event) => put({ cooldown: Number(event.currentTarget.value) * 3600 })}
        />
      </label>
      <label class="field">
        At most so many times (0: any)
        <input type="number" min={0} value={of.most} onInput={(event) => put({ most: Number(event.currentTarget.value) })} />
      </label>
      <label class="field">
        in so many days
        <input
          type="number"
          min={0}
          step="any"
          value={of.per / DAY}
          onInput={(event) => put({ per: Number(event.currentTarget.value) * DAY })}
        />
      </label>
      {alarm && (
        <label class="field">
          Only if still open after (hours)
          <input
            type="number"
            min={0}
            step="any"
            value={hours(of.persists)}
            onInput={(event) => put({ persists: Number(event.currentTarget.value) * 3600 })}
          />
        </label>
      )}
      <label class="field-line">
        <input type="checkbox" checked={of.alone} onChange={(event) => put({ alone: event.currentTarget.checked })} /> one at a time
      </label>
      <label class="field-line">
        <input type="checkbox" checked={of.quality} onChange={(event) => put({ quality: event.currentTarget.checked })} /> never while an
        alarm of quality is open: bad data retrain nothing
      </label>
    </div>
  );
}
