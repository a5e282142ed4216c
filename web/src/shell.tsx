// What stands around every screen: the rail, the choice of the project, the palette, and who is looking.

import { useEffect, useState } from "preact/hooks";
import { ErrorBoundary, LocationProvider, lazy, Route, Router, useLocation } from "preact-iso";
import { problemOf, useAsk } from "./api/ask";
import { Problem } from "./api/client";
import { connection } from "./api/live";
import { Popup } from "./parts/popup";
import { ProblemBox } from "./parts/problem";
import { TimeChoice } from "./parts/time";
import { useKeys } from "./state/keys";
import { me, signedOut, signOut } from "./state/me";
import { type Screen, to, toJournal, toPlatform } from "./state/paths";
import { follow, project } from "./state/project";
import { THEMES, theme } from "./state/theme";
import { WAITING_NEWS, waiting, waitingWords } from "./state/waiting";

const Compare = lazy(() => import("./screens/compare/compare"));
const Data = lazy(() => import("./screens/data"));
const Endpoints = lazy(() => import("./screens/endpoints"));
const Journal = lazy(() => import("./screens/journal/journal"));
const Models = lazy(() => import("./screens/models"));
const Monitors = lazy(() => import("./screens/monitors"));
const Pace = lazy(() => import("./screens/pace/pace"));
const Palette = lazy(() => import("./palette/palette"));
const Pipelines = lazy(() => import("./screens/pipelines/pipelines"));
const Platform = lazy(() => import("./screens/platform/platform"));
const Run = lazy(() => import("./screens/run"));
const Runs = lazy(() => import("./screens/runs/runs"));
const SignIn = lazy(() => import("./screens/sign_in"));
const Today = lazy(() => import("./screens/today/today"));

/** The rail of a project's screens: each with the key that follows `g`. */
export const SCREENS: readonly (readonly [Screen, string, string])[] = [
  ["today", "Today", "t"],
  ["runs", "Runs", "r"],
  ["pipelines", "Pipelines", "l"],
  ["data", "Data", "d"],
  ["models", "Models", "m"],
  ["endpoints", "Endpoints", "e"],
  ["monitors", "Monitors", "o"],
  ["pace", "Pace", "p"],
];

export function Shell() {
  return (
    <LocationProvider>
      <Frame />
    </LocationProvider>
  );
}

function Frame() {
  const { path, route } = useLocation();
  const [palette, setPalette] = useState(false);
  const [broken, setBroken] = useState<Problem>();
  follow(path);
  useEffect(() => setBroken(undefined), [path]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
  useGoing(route);
  if (signedOut.value) {
    return (
      <ErrorBoundary>
        <SignIn />
      </ErrorBoundary>
    );
  }
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <div class="shell">
        <Rail openPalette={() => setPalette(true)} />
        {broken ? (
          <main id="main">
            <ProblemBox problem={broken} again={() => location.reload()} />
          </main>
        ) : (
          <ErrorBoundary onError={(error) => setBroken(problemOf(error))}>
            <Router>
              <Route path="/" component={Home} />
              <Route path="/p/:project" component={Home} />
              <Route path="/p/:project/today" component={Today} />
              <Route path="/p/:project/runs" component={Runs} />
              <Route path="/p/:project/runs/:run" component={Run} />
              <Route path="/p/:project/compare" component={Compare} />
              <Route path="/p/:project/pipelines/:name?" component={Pipelines} />
              <Route path="/p/:project/data/:name?" component={Data} />
              <Route path="/p/:project/models/:name?" component={Models} />
              <Route path="/p/:project/endpoints/:name?" component={Endpoints} />
              <Route path="/p/:project/monitors/:name?" component={Monitors} />
              <Route path="/p/:project/pace" component={Pace} />
              <Route path="/platform" component={Platform} />
              <Route path="/journal" component={Journal} />
              <Route default component={Nothing} />
            </Router>
          </ErrorBoundary>
        )}
      </div>
      <ErrorBoundary>{palette && <Palette close={() => setPalette(false)} />}</ErrorBoundary>
    </>
  );
}

/** `g` and a letter go to a screen. */
function useGoing(route: (path: string) => void): void {
  const [going, setGoing] = useState(false);
  const places: [string, () => string][] = [
    ...SCREENS.map(([screen, , key]): [string, () => string] => [key, () => to(screen)]),
    ["f", toPlatform],
    ["j", toJournal],
  ];
  const keys = going
    ? Object.fromEntries(
        places.map(([key, place]) => [
          key,
          () => {
            setGoing(false);
            route(place());
          },
        ]),
      )
    : {};
  useKeys({
    g: () => {
      setGoing(true);
      setTimeout(() => setGoing(false), 1500);
    },
    ...keys,
  });
}

function Home() {
  const { route } = useLocation();
  useEffect(() => route(to("today"), true), []);
  return null;
}

function Nothing() {
  return (
    <main id="main">
      <ProblemBox
        problem={new Problem("there is no such page", 404, "", location.pathname, "choose a screen on the left, or press Ctrl-K")}
      />
    </main>
  );
}

function Rail({ openPalette }: { openPalette: () => void }) {
  const { path } = useLocation();
  const here = (place: string) => (path === place || path.startsWith(`${place}/`) ? "page" : undefined);
  return (
    <nav class="rail" aria-label="screens">
      <a class="brand" href={to("today")}>
        Treadle
      </a>
      <Projects />
      {SCREENS.map(([screen, words]) => (
        <a key={screen} href={to(screen)} aria-current={here(to(screen))}>
          {words} {screen === "today" && <Waiting />}
        </a>
      ))}
      <small>everything</small>
      <a href={toPlatform()} aria-current={here("/platform")}>
        Platform
      </a>
      <a href={toJournal()} aria-current={here("/journal")}>
        Journal
      </a>
      <span class="gap" />
      <button type="button" class="quiet" onClick={openPalette} title="go anywhere, do anything">
        Ctrl-K <span class="soft">find and do</span>
      </button>
      <label class="quiet-choice">
        <span class="unseen">theme</span>
        <select value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value)}>
          {THEMES.map((one) => (
            <option key={one} value={one}>
              Theme: {one}
            </option>
          ))}
        </select>
      </label>
      <TimeChoice />
      <Who />
    </nav>
  );
}

/** How many things need somebody in this project. */
function Waiting() {
  const now = useAsk("delivery.today", {}, { news: WAITING_NEWS, calm: 2000 });
  const many = now.value ? waiting(now.value.counts) : 0;
  return many > 0 ? (
    <span class="badge" title={waitingWords(now.value!.counts)}>
      {many}
      <span class="unseen"> waiting</span>
    </span>
  ) : null;
}

function Projects() {
  const projects = useAsk("projects.list", {});
  return (
    <Popup label={<>{project.value} ▾</>} title={`project ${project.value}: choose another`} kind="quiet project">
      {(close) => (
        <ul class="menu">
          {(projects.value ?? []).map((one) => (
            <li key={one.name}>
              <a
                href={`/p/${encodeURIComponent(one.name)}/today`}
                onClick={close}
                aria-current={one.name === project.value ? "true" : undefined}
              >
                {one.name} <span class="soft">{one.description}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Popup>
  );
}

function Who() {
  return (
    <div class="who">
      <span class={connection.value === "away" ? "bad" : "soft"} role="status">
        {connection.value === "away" ? "○ the server does not answer" : connection.value === "live" ? "● live" : ""}
      </span>
      {me.value && (
        <span>
          {me.value.actor} <span class="soft">{me.value.role}</span>
        </span>
      )}
      {me.value?.guarded && (
        <button type="button" class="quiet" onClick={signOut}>
          Sign out
        </button>
      )}
    </div>
  );
}
