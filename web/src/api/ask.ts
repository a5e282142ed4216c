// Answers of operations as a screen needs them: shown at once where they are known, asked again when news tell that they changed.
import { useEffect, useRef, useState } from "preact/hooks";
import { project } from "../state/project";
import { type Answer, call, type Name, Problem, type Request } from "./client";
import { type Entry, onNews } from "./live";

export type Asked<T> = { value: T | undefined; problem: Problem | undefined; loading: boolean; again: () => void; took: number };

/** Answers that this page has seen, by what was asked. Old ones are shown while the new one is under way. */
const seen = new Map<string, unknown>();
const MOST_SEEN = 200;
const CALM = 300; // milliseconds in which news are gathered before the question is put again

type Options = {
  /** Kinds of news after which the answer may be another one: `run.` stands for all that begin with it. */
  news?: readonly string[];
  /** A closer look at such an entry: whether it concerns this answer. */
  concerns?: (entry: Entry) => boolean;
  /** Shows the answer to the last question until this one is answered: for tables whose question changes while one types. */
  keep?: boolean;
  project?: string;
  /** Milliseconds in which news are gathered before the question is put again. */
  calm?: number;
};

/** What an operation answers; null asks nothing. A question that is no longer put is not waited for. */
export function useAsk<N extends Name>(name: N, request: Request<N> | null, options: Options = {}): Asked<Answer<N>> {
  const where = options.project ?? project.value;
  const key = request === null ? "" : `${where} ${name} ${JSON.stringify(request)}`;
  const [state, setState] = useState<{ key: string; value?: Answer<N> | undefined; problem?: Problem; took: number }>({ key: "", took: 0 });
  const [turn, setTurn] = useState(0);
  const [loading, setLoading] = useState(request !== null);
  useEffect(() => {
    if (request === null) {
      setLoading(false);
      return;
    }
    const stop = new AbortController();
    const began = performance.now();
    setLoading(true);
    call(name, request, { signal: stop.signal, project: where })
      .then((value) => {
        remember(key, value);
        if (!stop.signal.aborted) setState({ key, value, took: performance.now() - began });
      })
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        setState((before) => ({ key, value: before.key === key ? before.value : undefined, problem: problemOf(error), took: 0 }));
      })
      .finally(() => {
        if (!stop.signal.aborted) setLoading(false);
      });
    return () => stop.abort();
  }, [key, turn]);
  const again = () => setTurn((n) => n + 1);
  const failed = state.key === key && state.problem !== undefined;
  useEffect(() => {
    if (!failed) return;
    failures.add(again);
    return () => failures.delete(again);
  }, [failed]);
  useNews(options.news, again, options.concerns, options.calm);
  const mine = state.key === key;
  const known = mine && state.value !== undefined ? state.value : (seen.get(key) as Answer<N> | undefined);
  return {
    value: known ?? (options.keep ? state.value : undefined),
    problem: mine ? state.problem : undefined,
    loading,
    again,
    took: state.took,
  };
}

/** How the questions that failed are put again. */
const failures = new Set<() => void>();

/** Puts every question again that has failed: what kept one from being answered has seldom kept only that one. */
export function askFailedAgain(): void {
  for (const again of [...failures]) again();
}

/** Calls `then` once after a burst of news of the given kinds. */
export function useNews(kinds: readonly string[] | undefined, then: () => void, concerns?: (entry: Entry) => boolean, calm = CALM): void {
  const latest = useRef({ then, concerns });
  latest.current = { then, concerns };
  const wanted = kinds?.join(" ") ?? "";
  useEffect(() => {
    if (!wanted) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onNews((entry) => {
      if (!isOf(entry.kind, wanted.split(" "))) return;
      if (latest.current.concerns && !latest.current.concerns(entry)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current.then();
      }, calm);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [wanted]);
}

/** Whether a kind of news is one of those named; `run.` stands for all that begin with it, `*` for all. */
export function isOf(kind: string, kinds: readonly string[]): boolean {
  return kinds.some((one) => (one === "*" ? true : one.endsWith(".") ? kind.startsWith(one) : kind === one));
}

export function problemOf(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(error instanceof Error ? error.message : String(error), 0);
}

/** Forgets what was seen, because something was changed by hand. */
export function forget(): void {
  seen.clear();
}

function remember(key: string, value: unknown): void {
  seen.delete(key);
  seen.set(key, value);
  if (seen.size > MOST_SEEN) seen.delete(seen.keys().next().value!);
}
