import { describe, expect, it } from "vitest";
import { classOf, parse, plain } from "../src/parts/ansi";
import { hits, isFault, type Line, Lines, type Mark, nextFault, overwritten, rowsOf } from "../src/parts/lines";

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (lines: readonly Line[]) => lines.map((line) => line.text);
const line = (text: string): Line => ({ text, stream: "stdout", at: 0 });

describe("colours of terminals", () => {
  it("become pieces with a style", () => {
    const { pieces, to } = parse("a\x1b[1;31mb\x1b[0mc");
    expect(pieces).toEqual([
      { text: "a", style: {} },
      { text: "b", style: { bold: true, ink: 1 } },
      { text: "c", style: {} },
    ]);
    expect(to).toEqual({});
  });
  it("go on into the next line", () => {
    expect(parse("b", parse("\x1b[32ma").to).pieces).toEqual([{ text: "b", style: { ink: 2 } }]);
  });
  it("of 256 and of all are the nearest of eight", () => {
    expect(parse("\x1b[38;5;196mx").to).toEqual({ ink: 1 });
    expect(parse("\x1b[38;2;10;200;30mx").to).toEqual({ ink: 2 });
    expect(parse("\x1b[48;5;21mx").to).toEqual({ ground: 4 });
    expect(parse("\x1b[94mx\x1b[39m").to).toEqual({});
  });
  it("end one by one", () => {
    expect(parse("\x1b[1;3;4;7mx\x1b[22;24m").to).toEqual({ italic: true, turned: true });
  });
  it("are classes of the style sheet, turned around where it is asked", () => {
    expect(classOf({ ink: 1, bold: true })).toBe("ink-1 bold");
    expect(classOf({ ink: 1, turned: true })).toBe("ground-1");
    expect(classOf({})).toBe("");
  });
  it("leave no other escape and no control behind", () => {
    expect(plain("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x1b[2K\x1b[1Aup\x1b[?25l")).toBe("link up");
    expect(parse("<b>&\x1b[2Kx").pieces.map((one) => one.text)).toEqual(["<b>&", "x"]);
  });
});

describe("lines", () => {
  it("are the same however the bytes arrive", () => {
    const data = bytes("één\ntwo\nthrée");
    for (let cut = 0; cut <= data.length; cut++) {
      const lines = new Lines(true);
      lines.add({ data: data.subarray(0, cut), offset: 0, marks: [] });
      lines.add({ data: data.subarray(cut), offset: cut, marks: [] });
      expect(texts(lines.list)).toEqual(["één", "two"]);
      expect(texts(lines.open())).toEqual(["thrée"]);
    }
  });
  it("of two streams that tore one another are whole", () => {
    const marks: Mark[] = [
      { offset: 0, at: 1, stream: "stdout" },
      { offset: 3, at: 2, stream: "stderr" },
      { offset: 7, at: 3, stream: "stdout" },
    ];
    const lines = new Lines(true);
    lines.add({ data: bytes("oneERR\ntwo\n"), offset: 0, marks: marks.map((mark) => mark) });
    expect(lines.list).toEqual([
      { text: "ERR", stream: "stderr", at: 2 },
      { text: "onetwo", stream: "stdout", at: 3 },
    ]);
  });
  it("that began before what is there are left out", () => {
    const lines = new Lines(false);
    lines.add({ data: bytes("rest\nwhole\n"), offset: 100, marks: [] });
    expect(texts(lines.list)).toEqual(["whole"]);
  });
  it("keep the style in which they begin", () => {
    const lines = new Lines(true);
    lines.add({ data: bytes("\x1b[31mred\nstill\n\x1b[0mno more\nplain\n"), offset: 0, marks: [] });
    expect(lines.list.map((one) => one.from)).toEqual([undefined, { ink: 1 }, { ink: 1 }, undefined]);
  });
  it("show the last state of a bar of progress", () => {
    expect(overwritten("10%\r20%\r30%")).toBe("30%");
    expect(overwritten("30%\r")).toBe("30%");
    expect(overwritten("\r\r")).toBe("");
    const cut = new Lines(true);
    cut.add({ data: bytes("10%\r"), offset: 0, marks: [] });
    cut.add({ data: bytes("20%\r"), offset: 4, marks: [] });
    expect(texts(cut.open())).toEqual(["20%"]);
    const lines = new Lines(true);
    lines.add({ data: bytes("10%\r20"), offset: 0, marks: [] });
    lines.add({ data: bytes("%\r30%"), offset: 6, marks: [] });
    expect(texts(lines.open())).toEqual(["30%"]);
    lines.add({ data: bytes("\ndone\r\n"), offset: 11, marks: [] });
    expect(texts(lines.list)).toEqual(["30%", "done"]);
  });
  it("a hundred thousand of them are put together", () => {
    const lines = new Lines(true);
    lines.add({ data: bytes("x".repeat(79).concat("\n").repeat(100_000)), offset: 0, marks: [] });
    expect(lines.list.length).toBe(100_000);
  });
});

describe("errors in logs", () => {
  it("are recognised", () => {
    for (const text of [
      "Traceback (most recent call last):",
      "ValueError: no",
      "torch.cuda.OutOfMemoryError: CUDA out of memory",
      "2026-01-01 12:00:00 ERROR something",
      "[FATAL] no",
      "thread 'main' panicked at src/main.rs:2:5:",
      "panic: runtime error",
      "error[E0308]: mismatched types",
      "Segmentation fault (core dumped)",
      "Killed",
      "KeyboardInterrupt",
    ])
      expect(isFault(text), text).toBe(true);
  });
  it("are not seen where there are none", () => {
    for (const text of [
      "0 errors",
      "finished, no ERROR",
      "mean error: 0.2",
      "ERROR_RATE=0.1",
      "errors = 0",
      "standard Error bars",
      "terror",
    ])
      expect(isFault(text), text).toBe(false);
  });
  it("are found from a line on, colours or not", () => {
    const lines = ["fine", "\x1b[31mERROR\x1b[0m a", "fine", "ValueError: b"].map(line);
    expect(nextFault(lines)).toBe(1);
    expect(nextFault(lines, 2)).toBe(3);
    expect(nextFault(lines, 4)).toBe(-1);
  });
});

describe("what is searched", () => {
  it("is found as it stands, whatever its case", () => {
    expect(hits(["Loss (0.1)", "other", "LOSS (0.1)", "loss 0X1"].map(line), "loss (0.1)")).toEqual([0, 2]);
    expect(hits([line("a")], "")).toEqual([]);
  });
});

describe("wrapped lines", () => {
  it("take as many rows as their characters fill", () => {
    expect(rowsOf("", 10)).toBe(1);
    expect(rowsOf("x".repeat(10), 10)).toBe(1);
    expect(rowsOf("x".repeat(11), 10)).toBe(2);
    expect(rowsOf("漢".repeat(6), 10)).toBe(2);
    expect(rowsOf("a\tb", 8)).toBe(2);
    expect(rowsOf("\x1b[31mred\x1b[0m", 3)).toBe(1);
  });
});
