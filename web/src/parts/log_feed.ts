// A log as it is fetched: its end first, older pieces on request, and what is added while its run goes on.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { problemOf } from "../api/ask";
import { bytesOf, call, type Problem } from "../api/client";
import { Lines, type Part } from "./lines";

const FIRST = 256 << 10; // bytes of the end that are fetched at once
const MOST = 8 << 20; // bytes of one piece
const PAUSE = 1000; // milliseconds between two looks at a log that grows

export class Feed {
  private parts: Part[] = [];
  private lines = new Lines(true);
  private attempt = "";
  private stopped = false;
  private piece = FIRST;
  private timer: ReturnType<typeof setTimeout> | undefined;
  size = 0;
  ended = false;
  asked = false;
  loading = false;
  problem: Problem | undefined;

  constructor(
    private readonly run: string,
    private readonly number: number,
    private readonly changed: () => void,
  ) {}

  get list() {
    return this.lines.list;
  }
  get open() {
    return this.lines.open();
  }
  /** How many bytes there are before what is shown. */
  get before(): number {
    return this.parts[0]?.offset ?? 0;
  }
  get end(): number {
    const last = this.parts.at(-1);
    return last ? last.offset + last.data.length : 0;
  }

  /** Looks for what is new, again and again until the log has ended. A page that nobody sees does not look. */
  async follow(): Promise<void> {
    if (this.stopped) return;
    if (!document.hidden || !this.asked) await this.look();
    if (!this.ended && !this.stopped) this.timer = setTimeout(() => void this.follow(), PAUSE);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const first = !this.parts.length;
    try {
      const got = await this.read(first ? -FIRST : this.end, MOST);
      if (this.stopped) return;
      if (got.attempt !== this.attempt && !first) {
        this.restart(got.attempt); // it is tried again: this is another log
        return;
      }
      const news = got.part.data.length > 0 || got.ended !== this.ended || !this.asked || this.problem !== undefined;
      this.attempt = got.attempt;
      this.size = got.size;
      this.ended = got.ended;
      this.asked = true;
      this.problem = undefined;
      if (got.part.data.length) {
        if (first) this.lines = new Lines(got.part.offset === 0);
        this.parts.push(got.part);
        this.lines.add(got.part);
      }
      if (news) this.changed();
    } catch (error) {
      if (this.stopped) return;
      this.problem = problemOf(error);
      this.changed();
    }
  }

  private restart(attempt: string): void {
    this.parts = [];
    this.lines = new Lines(true);
    this.attempt = attempt;
    this.changed();
  }

  /** Fetches what comes before what is there: twice as much each time, or everything. Answers whether something came. */
  async older(everything: boolean): Promise<boolean> {
    if (this.loading || !this.before) return false;
    this.loading = true;
    this.changed();
    try {
      do {
        this.piece = Math.min(this.piece * 2, MOST);
        const size = Math.min(this.piece, this.before);
        const got = await this.read(this.before - size, size);
        if (this.stopped || !got.part.data.length) return false;
        this.parts.unshift(got.part);
      } while (everything && this.before);
      this.lines = new Lines(this.before === 0);
      for (const part of this.parts) this.lines.add(part);
      return true;
    } catch (error) {
      this.problem = problemOf(error);
      return false;
    } finally {
      this.loading = false;
      if (!this.stopped) this.changed();
    }
  }

  /** All bytes, as they were printed. */
  async raw(): Promise<Blob> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let offset = 0; offset < this.end; ) {
      const got = await this.read(offset, Math.min(MOST, this.end - offset));
      if (!got.part.data.length) break;
      parts.push(got.part.data as Uint8Array<ArrayBuffer>);
      offset += got.part.data.length;
    }
    return new Blob(parts, { type: "text/plain" });
  }

  private async read(offset: number, limit: number) {
    const log = await call("runs.log", { run: this.run, attempt: this.number, offset, limit, marks: true });
    const part: Part = { data: bytesOf(log.data), offset: log.offset, marks: log.marks ?? [] };
    return { part, attempt: log.attempt, size: log.size ?? 0, ended: log.ended };
  }
}

/** The log of an attempt of a run (0: the newest), kept up to date as long as it is shown. */
export function useFeed(run: string, attempt: number): Feed {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const feed = useRef<{ key: string; of: Feed } | null>(null);
  const key = `${run} ${attempt}`;
  if (feed.current?.key !== key) {
    feed.current?.of.stop();
    feed.current = { key, of: new Feed(run, attempt, () => redraw(undefined as never)) };
  }
  useEffect(() => {
    const now = feed.current!.of;
    void now.follow();
    return () => now.stop();
  }, [key]);
  return feed.current.of;
}
