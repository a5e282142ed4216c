// Ctrl-K: go to anything, do anything. Screens and objects first, then every operation of the table with its permission.

import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAsk } from "../api/ask";
import { Dialog } from "../parts/dialog";
import { SCREENS } from "../shell";
import { me, permits } from "../state/me";
import { to, toJournal, toPlatform, toRun } from "../state/paths";
import { type Operation, operations } from "./document";
import { best } from "./matching";
import { Performing } from "./performing";
import "./palette.css";

type Hit = { key: string; words: string; kind: string; path?: string; operation?: Operation };

const MOST_PLACES = 12;
const MOST_OPERATIONS = 12;

export default function Palette({ close }: { close: () => void }) {
  const { route } = useLocation();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<Operation>();
  const hits = useHits(typed);
  const choose = (hit: Hit | undefined) => {
    if (hit?.operation) setChosen(hit.operation);
    else if (hit?.path) {
      close();
      route(hit.path);
    }
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") choose(hits[at]);
    else return;
    event.preventDefault();
  };
  useEffect(() => document.getElementById(`hit-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <Dialog title="Find and do" close={close} wide>
      {chosen ? (
        <Performing operation={chosen} back={() => setChosen(undefined)} />
      ) : (
        <>
          <input
            class="wide-input"
            role="combobox"
            aria-label="what to find or do"
            aria-expanded="true"
            aria-controls="hits"
            aria-activedescendant={hits.length ? `hit-${at}` : undefined}
            placeholder="a run, a model, a screen, an operation …"
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={pressed}
          />
          <div id="hits" class="hits" role="listbox" aria-label="what was found">
            {hits.map((hit, place) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above, which keeps the focus
              <div key={hit.key} id={`hit-${place}`} role="option" tabIndex={-1} aria-selected={place === at} onClick={() => choose(hit)}>
                <span>{hit.words}</span> <span class="soft">{hit.kind}</span>
              </div>
            ))}
            {!hits.length && <p class="soft">nothing fits</p>}
          </div>
        </>
      )}
    </Dialog>
  );
}

/** What fits what was typed: screens, objects of the project, and operations that may be performed. */
function useHits(typed: string): Hit[] {
  const known = useKnown();
  const runs = useRuns(typed);
  const all = useOperations();
  const may = me.value?.may ?? ["*:*"];
  const places = best(typed, [...PLACES(), ...known], MOST_PLACES);
  const doing = all
    .filter((one) => permits(may, one.permission))
    .map((operation) => ({ key: operation.name, words: `${operation.name}  ${operation.summary}`, kind: operation.permission, operation }));
  return [...runs, ...places, ...best(typed, doing, typed.trim() ? MOST_OPERATIONS : 0)];
}

const PLACES = (): Hit[] => [
  ...SCREENS.map(([screen, words, key]) => ({ key: screen, words, kind: `screen, g ${key}`, path: to(screen) })),
  { key: "platform", words: "Platform", kind: "screen, g f", path: toPlatform() },
  { key: "journal", words: "Journal", kind: "screen, g j", path: toJournal() },
];

function useKnown(): Hit[] {
  const models = useAsk("registry.models", {});
  const datasets = useAsk("data.list", {});
  const endpoints = useAsk("serving.endpoints", {});
  const monitors = useAsk("monitoring.monitors", {});
  const hit = (screen: "models" | "data" | "endpoints" | "monitors", kind: string) => (one: { name: string }) => ({
    key: `${kind}:${one.name}`,
    words: one.name,
    kind,
    path: to(screen, one.name),
  });
  return [
    ...(models.value ?? []).map(hit("models", "model")),
    ...(datasets.value ?? []).map(hit("data", "dataset")),
    ...(endpoints.value ?? []).map(hit("endpoints", "endpoint")),
    ...(monitors.value ?? []).map(hit("monitors", "monitor")),
  ];
}

/** A number is a run's; letters may begin a run's name. */
function useRuns(typed: string): Hit[] {
  const word = typed.trim().toLowerCase();
  const query = /^\d+$/.test(word) ? `id = ${word}` : /^[a-z]+(-[a-z]*)?$/.test(word) && word.length > 2 ? `name like '${word}%'` : null;
  const found = useAsk("runs.list", query === null ? null : { query, limit: 5, children: true });
  return (found.value?.runs ?? []).map((run) => ({
    key: `run:${run.id}`,
    words: `${run.id} ${run.name}`,
    kind: `run, ${run.step}, ${run.state}`,
    path: toRun(run.id),
  }));
}

function useOperations(): Operation[] {
  const [known, setKnown] = useState<Operation[]>([]);
  useEffect(() => {
    operations().then(setKnown, () => setKnown([]));
  }, []);
  return known;
}
