// Two distributions beside each other: for each cell a bar of one above a bar of the other, with their numbers.
import "./pair.css";

export type PairRow = { label: string; a: number; b: number };

export function Pair({ a, b, rows, format }: { a: string; b: string; rows: readonly PairRow[]; format: (share: number) => string }) {
  const most = Math.max(...rows.flatMap((row) => [row.a, row.b]), 1e-9);
  return (
    <figure>
      <figcaption class="pair-key">
        <span>
          <i class="a" aria-hidden="true" />
          {a}
        </span>
        <span>
          <i class="b" aria-hidden="true" />
          {b}
        </span>
      </figcaption>
      <div class="pair">
        {rows.map((row) => [
          <span key={row.label} class="soft">
            {row.label}
          </span>,
          <span key={`${row.label} bars`} class="bars" aria-hidden="true">
            <i class="a" style={{ width: `${(row.a / most) * 100}%` }} />
            <i class="b" style={{ width: `${(row.b / most) * 100}%` }} />
          </span>,
          <span key={`${row.label} numbers`}>
            {format(row.a)} <span class="soft">/</span> {format(row.b)}
          </span>,
        ])}
      </div>
    </figure>
  );
}
