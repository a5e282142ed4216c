// One feature in one window: the reference against that window, and what was measured.
import { Pair, type PairRow } from "../../charts/pair";
import { num } from "../../parts/words";
import { checkOf, day, type HeatRow, type Monitor, reportOf, verdictWord, type Window } from "./reading";
import { signOf } from "./signs";

type Props = {
  of: Monitor;
  rows: readonly HeatRow[];
  line: string;
  windows: readonly Window[];
  at: number;
  go: (place: number) => void;
  close: () => void;
};

export function Feature({ of, rows, line, windows, at, go, close }: Props) {
  const window = windows[at]!;
  const row = rows.find((one) => one.key === line);
  const name = row?.name ?? line.replace(/^check /, "");
  return (
    <section class="feature" aria-label={`${name} in window ${window.number}`}>
      <div class="row">
        <h3>
          {name} in window {window.number}
        </h3>
        <span class="soft">
          {day(window.start)} to {day(window.end)}, {num(window.rows)} rows, v{window.version}
        </span>
        <span class="gap" />
        <button type="button" disabled={at === 0} onClick={() => go(at - 1)}>
          ← before
        </button>
        <button type="button" disabled={at === windows.length - 1} onClick={() => go(at + 1)}>
          after →
        </button>
        <button type="button" class="quiet" aria-label="close" onClick={close}>
          ✕
        </button>
      </div>
      {row ? <Drift of={of} row={row} window={window} at={at} /> : <CheckOf window={window} name={name} />}
    </section>
  );
}

function CheckOf({ window, name }: { window: Window; name: string }) {
  const check = checkOf(window, name);
  const verdict = window.verdicts?.[name] ?? "unknown";
  const [sign, tone] = signOf(verdict);
  return (
    <p>
      <b class={tone}>
        {sign} {verdict}
      </b>{" "}
      {check?.sentence ?? "it says nothing about this window"}
    </p>
  );
}

function Drift({ of, row, window, at }: { of: Monitor; row: HeatRow; window: Window; at: number }) {
  const cell = row.cells[at];
  if (!cell) return <p class="soft">This window tells nothing of it: too few rows, or another reference.</p>;
  const { line } = cell;
  const material = of.settings.material ?? 0.1;
  const pairs = pairsOf(line.shape);
  return (
    <div class="grid">
      <div>
        <p>
          <b class={line.verdict === "material" ? "bad" : ""}>
            {line.verdict === "material" ? "▲ " : ""}
            {verdictWord(line.verdict)}
          </b>{" "}
          {line.sentence}
        </p>
        <dl class="facts">
          <dt>{line.statistic === "KS" ? "KS distance" : line.statistic === "TV" ? "total variation" : line.statistic}</dt>
          <dd>
            {num(line.value)}, without chance {num(line.effect)}
          </dd>
          <dt>threshold</dt>
          <dd>
            {num(material)}
            {line.effect !== null && `, that is ${num(Math.round((line.effect / material) * 10) / 10)} times it`}
          </dd>
          <dt>by chance alone (q)</dt>
          <dd>{line.q === null ? "not tested" : line.q < 1e-12 ? "less than 1e-12" : num(line.q)}</dd>
          <dt>reference</dt>
          <dd>
            {line.reference} <span class="soft">({reportOf(window).reference})</span>
          </dd>
          <dt>this window</dt>
          <dd>{line.now}</dd>
          <dt>missing</dt>
          <dd>
            {share(line.missing[0])} → {share(line.missing[1])}
          </dd>
          <dt>outside the range of training</dt>
          <dd>{share(line.outside)}</dd>
          {!!line.unseen && [<dt key="unseen">words never seen</dt>, <dd key="share">{share(line.unseen)}</dd>]}
        </dl>
      </div>
      <div>
        {pairs.length ? (
          <Pair a="reference" b={`window ${window.number}`} rows={pairs} format={share} />
        ) : (
          <p class="soft">The report of this window keeps no shape of it: only of the 60 columns that changed most.</p>
        )}
        {!line.shape?.names && pairs.length > 0 && (
          <p class="soft">Cells from the lowest to the highest values, cut so that the reference has about as many in each.</p>
        )}
      </div>
    </div>
  );
}

const share = (value: number | null | undefined) => (value == null ? "—" : `${num(Math.round(value * 1000) / 10)} %`);

function pairsOf(shape: { reference?: (number | null)[]; now?: (number | null)[]; names?: string[] } | undefined): PairRow[] {
  const before = shape?.reference ?? [];
  return before.map((value, at) => ({
    label: shape?.names?.[at] ?? (at === 0 ? "lowest" : at === before.length - 1 ? "highest" : `${at + 1}`),
    a: value ?? 0,
    b: shape?.now?.[at] ?? 0,
  }));
}
