// Saved views: what the address says, under a name. Choosing one writes it into the address.
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Popup } from "../../parts/popup";
import { ProblemBox } from "../../parts/problem";
import { refusal } from "../../state/me";

const SCREEN = "runs";

export function Views() {
  const { route } = useLocation();
  const views = useAsk("views.list", { screen: SCREEN }, { news: ["view."] });
  const now = new URLSearchParams(location.search).toString();
  const chosen = views.value?.find((view) => new URLSearchParams(view.address).toString() === now);
  return (
    <Popup label={`View: ${chosen?.name ?? "—"} ▾`} side="right">
      {(close) => (
        <div class="views">
          <Answered of={views} rows={2}>
            {(list) =>
              list.length ? (
                <ul class="menu" aria-label="saved views">
                  {list.map((view) => (
                    <li key={view.id} class="row">
                      <button
                        type="button"
                        class="gap"
                        title={`${view.address}, saved by ${view.actor}`}
                        onClick={() => {
                          route(`${location.pathname}?${view.address}`);
                          close();
                        }}
                      >
                        {view.name}
                      </button>
                      <Remove id={view.id} name={view.name} done={views.again} />
                    </li>
                  ))}
                </ul>
              ) : (
                <p class="soft">No view is saved yet: what you see now can be the first one.</p>
              )
            }
          </Answered>
          <Save address={now} done={views.again} />
        </div>
      )}
    </Popup>
  );
}

function Remove({ id, name, done }: { id: number; name: string; done: () => void }) {
  const { perform, busy } = usePerform("views.remove", done);
  const refused = refusal("views.remove");
  return (
    <button
      type="button"
      class="quiet view-remove"
      disabled={busy || !!refused}
      title={refused || `forget the view ${name}`}
      aria-label={`forget the view ${name}`}
      onClick={() => perform({ view: id })}
    >
      ✕
    </button>
  );
}

function Save({ address, done }: { address: string; done: () => void }) {
  const [name, setName] = useState("");
  const { perform, busy, problem } = usePerform("views.save", done);
  const refused = refusal("views.save");
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        perform({ screen: SCREEN, name: name.trim(), address });
      }}
    >
      <input
        aria-label="name of the view"
        placeholder="best by recall"
        required
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" disabled={busy || !!refused} title={refused || "a name that is there already is replaced"}>
        Save this view
      </button>
      {problem && <ProblemBox problem={problem} />}
    </form>
  );
}
