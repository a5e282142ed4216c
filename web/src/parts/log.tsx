// What a run printed: the end first, searched, followed while it grows, with its colours.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useKeys } from "../state/keys";
import { useParam } from "../state/url";
import { Empty } from "./answer";
import { download } from "./download";
import { hits, type Line, nextFault } from "./lines";
import { type Feed, useFeed } from "./log_feed";
import { LogView } from "./log_view";
import { Choice } from "./popup";
import { ProblemBox } from "./problem";
import { count, size } from "./words";
import "./log.css";

const STREAMS = [
  ["", "everything"],
  ["stdout", "stdout"],
  ["stderr", "stderr"],
  ["status", "status"],
] as const;

/** The log of an attempt; 0 is the newest one. `name` is that of the file in which it is kept. */
export function Log({ run, attempt, name, live }: { run: string; attempt: number; name: string; live: boolean }) {
  const feed = useFeed(run, attempt);
  const [find, setFind] = useParam("find");
  const [stream, setStream] = useParam("stream");
  const [wrap, setWrap] = useParam("wrap");
  const [times, setTimes] = useParam("times");
  const [follow, setFollow] = useState(true);
  const [hit, setHit] = useState(-1);
  const [goal, setGoal] = useState({ line: 0, turn: 0 });
  const lines = useShown(feed, stream);
  const found = useMemo(() => hits(lines, find), [lines, find]);
  const show = (line: number) => {
    setFollow(false);
    setHit(line);
    setGoal(({ turn }) => ({ line, turn: turn + 1 }));
  };
  const next = (step: 1 | -1) => {
    if (!found.length) return;
    const behind = step > 0 ? found.find((line) => line > hit) : found.findLast((line) => line < hit);
    show(behind ?? (step > 0 ? found[0]! : found.at(-1)!));
  };
  const fault = () => {
    const first = nextFault(lines, hit + 1);
    const line = first >= 0 ? first : nextFault(lines);
    if (line >= 0) show(line);
  };
  const faulty = useMemo(() => nextFault(lines) >= 0, [lines]);
  const search = useRef<HTMLInputElement>(null);
  useKeys({ n: () => next(1), N: () => next(-1), e: fault, "/": () => search.current?.focus() });
  useEffect(() => {
    if (found.length) show(found.at(-1)!);
  }, [find]);
  if (feed.problem && !feed.asked) return <ProblemBox problem={feed.problem} />;
  const nothing = feed.asked && !lines.length && !stream;
  return (
    <div class="log">
      <div class="row log-bar">
        <input
          ref={search}
          type="search"
          placeholder="find in the log  /"
          aria-label="find in the log"
          value={find}
          onInput={(event) => setFind(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && next(event.shiftKey ? -1 : 1)}
        />
        {find && (
          <span class="soft" role="status">
            {found.length ? `${Math.max(0, found.indexOf(hit)) + 1} of ${found.length.toLocaleString("en-US")}` : "not found"}
          </span>
        )}
        <button type="button" disabled={!found.length} title="previous hit (N)" aria-label="previous hit" onClick={() => next(-1)}>
          ↑
        </button>
        <button type="button" disabled={!found.length} title="next hit (n)" aria-label="next hit" onClick={() => next(1)}>
          ↓
        </button>
        <button type="button" disabled={!faulty} title="what looks like an error, the first one first (e)" onClick={fault}>
          {hit >= 0 && nextFault(lines, hit) === hit ? "Next error" : "First error"}
        </button>
        <span class="gap" />
        <Choice label="of" value={stream} options={STREAMS} choose={setStream} />
        <Toggle label="Times" on={times === "1"} set={(on) => setTimes(on ? "1" : "")} />
        <Toggle label="Wrap" on={wrap === "1"} set={(on) => setWrap(on ? "1" : "")} />
        <button type="button" aria-pressed={follow} onClick={() => setFollow(!follow)} title="scroll with the end while the log grows">
          {follow ? "‖ Pause" : "▶ Follow"}
        </button>
        <button type="button" onClick={async () => download(`${name}.log`, await feed.raw(), "text/plain")}>
          Download
        </button>
      </div>
      {feed.problem && <ProblemBox problem={feed.problem} />}
      {nothing && feed.ended ? (
        <Empty title="Nothing was printed" lines={["print(...) and whatever a command writes stands here"]} />
      ) : feed.asked && !lines.length && stream ? (
        <p class="soft" role="status">
          Nothing of {stream} is here. Steps of a valohai.yaml keep their streams apart; all others print to one, stdout.
        </p>
      ) : (
        <LogView
          {...{ lines, find, hit, follow, setFollow, goal }}
          wrap={wrap === "1"}
          times={times === "1"}
          first={feed.before || stream ? null : 1}
          label={`log of ${name}`}
        />
      )}
      <Loaded feed={feed} lines={lines.length} live={live} />
    </div>
  );
}

function Toggle({ label, on, set }: { label: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <button type="button" aria-pressed={on} onClick={() => set(!on)}>
      {label}
    </button>
  );
}

/** How much of the log is here, and the way to the rest: what is searched is only what is here. */
function Loaded({ feed, lines, live }: { feed: Feed; lines: number; live: boolean }) {
  return (
    <div class="row log-foot soft">
      <span>
        {count(lines, "line")}, {feed.before ? `the last ${size(feed.end - feed.before)} of ${size(feed.end)}` : size(feed.end)}
      </span>
      {feed.before > 0 && (
        <>
          <button type="button" disabled={feed.loading} onClick={() => feed.older(false)}>
            Earlier
          </button>
          <button type="button" disabled={feed.loading} onClick={() => feed.older(true)}>
            All of it
          </button>
        </>
      )}
      {feed.loading && <span role="status">loading, {size(feed.before)} to go</span>}
      <span class="gap" />
      {!feed.ended && <span>{live ? "it goes on" : "waiting for output"}</span>}
    </div>
  );
}

/** The lines of a stream, or all; made anew only when something came. What has no end yet is the last one. */
function useShown(feed: Feed, stream: string): readonly Line[] {
  const open = feed.open;
  const ending = open.map((line) => line.text).join("\n");
  return useMemo(() => {
    const all = open.length ? [...feed.list, ...open] : feed.list.slice();
    return stream ? all.filter((line) => line.stream === stream) : all;
  }, [feed, feed.list, feed.list.length, ending, stream]);
}
