// Where two runs took in different versions of a dataset: how these differ, in short, and the page that tells more.
import { useAsk } from "../../api/ask";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { count, num } from "../../parts/words";
import { to } from "../../state/paths";
import { datasets, type Row } from "./rows";

const FEW = 5;

export function DataDiffs({ rows }: { rows: readonly Row[] }) {
  const found = datasets(rows);
  if (!found.length) return null;
  return (
    <Panel title="Data" note="versions of one dataset that were taken in">
      <div class="stack">
        {found.map((one) => (
          <DataDiff key={`${one.a} ${one.b}`} {...one} />
        ))}
      </div>
    </Panel>
  );
}

function DataDiff({ name, a, b }: { name: string; a: string; b: string }) {
  const diff = useAsk("data.diff", { a, b });
  const numbers = [a, b].map((ref) => ref.split("@v")[1]);
  return (
    <div>
      <h3>
        <a class="said" href={to("data", name, { v: numbers[1], tab: "compare", with: numbers[0] })}>
          {a} → {b}
        </a>
      </h3>
      <Answered of={diff} rows={2}>
        {({ files = [0, 0, 0], rows_added, rows_removed, shifts = [], columns_added = {}, columns_removed = {} }) => (
          <>
            <p>
              {files[0]} files added, {files[1]} removed, {files[2]} changed
              {rows_added != null && `; ${count(rows_added, "row")} added, ${count(rows_removed ?? 0, "row")} removed`}
              {Object.keys(columns_added).length > 0 && `; new columns ${Object.keys(columns_added).join(", ")}`}
              {Object.keys(columns_removed).length > 0 && `; without ${Object.keys(columns_removed).join(", ")}`}
            </p>
            {shifts.length > 0 && (
              <p class="soft">
                values moved most:{" "}
                {shifts
                  .slice(0, FEW)
                  .map((shift) => `${shift.column} ${num(shift.distance)}`)
                  .join(", ")}{" "}
                (0 equal, 1 apart)
              </p>
            )}
          </>
        )}
      </Answered>
    </div>
  );
}
