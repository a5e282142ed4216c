// A field for words: Markdown, names completed after an @, and Ctrl-Enter sends.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useAsk } from "../api/ask";
import type { Name } from "../api/client";
import { refusal } from "../state/me";
import { type Begun, begunAt, completed } from "./addressed";

type Props = {
  label: string;
  /** What the button says. */
  send: string;
  /** The operation it is for: who may not perform it is told why. */
  name: Name;
  text?: string;
  busy: boolean;
  problem?: ComponentChildren;
  /** Answers whether it was taken; the field is empty then. */
  write: (text: string) => Promise<boolean>;
  cancel?: () => void;
};

const MOST_NAMES = 6;

export function Writer({ label, send, name, text: before = "", busy, problem, write, cancel }: Props) {
  const [text, setText] = useState(before);
  const [begun, setBegun] = useState<Begun | null>(null);
  const [at, setAt] = useState(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const known = useAsk("people.names", begun && { prefix: begun.letters, limit: MOST_NAMES }, { keep: true });
  const names = begun ? (known.value ?? []) : [];
  const refused = refusal(name);
  useEffect(() => {
    if (cancel) field.current?.focus();
  }, []);
  const look = () => {
    setBegun(begunAt(field.current!.value, field.current!.selectionStart));
    setAt(0);
  };
  const choose = (chosen: string) => {
    const made = completed(text, begun!, chosen);
    setText(made.text);
    setBegun(null);
    field.current!.value = made.text;
    field.current!.setSelectionRange(made.caret, made.caret);
    field.current!.focus();
  };
  const submit = async () => {
    if (text.trim() && !busy && !refused && (await write(text))) setText(cancel ? text : "");
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    else if (names.length && event.key === "ArrowDown") setAt((at + 1) % names.length);
    else if (names.length && event.key === "ArrowUp") setAt((at + names.length - 1) % names.length);
    else if (names.length && (event.key === "Enter" || event.key === "Tab")) choose(names[at] ?? names[0]!);
    else if (begun && event.key === "Escape") setBegun(null);
    else if (cancel && event.key === "Escape") cancel();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form
      class="writer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={field}
        rows={3}
        value={text}
        maxLength={10_000}
        disabled={!!refused}
        aria-label={label}
        placeholder={refused || `${label}: Markdown, @name calls somebody`}
        aria-autocomplete="list"
        aria-controls={names.length ? list : undefined}
        aria-activedescendant={names.length ? `${list}-${at}` : undefined}
        onInput={(event) => {
          setText(event.currentTarget.value);
          look();
        }}
        onKeyDown={pressed}
        onClick={look}
        onBlur={() => setBegun(null)}
      />
      {names.length > 0 && (
        <div class="names" id={list} role="listbox" aria-label="names">
          {names.map((one, place) => (
            <div
              key={one}
              id={`${list}-${place}`}
              role="option"
              tabIndex={-1}
              aria-selected={place === at}
              onPointerDown={(event) => {
                event.preventDefault(); // the field keeps the focus
                choose(one);
              }}
            >
              @{one}
            </div>
          ))}
        </div>
      )}
      {problem}
      <div class="row">
        <button type="submit" class="primary" disabled={busy || !!refused || !text.trim()} title={refused || "Ctrl-Enter"}>
          {send}
        </button>
        {cancel && (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        )}
        <span class="soft">Ctrl-Enter</span>
      </div>
    </form>
  );
}
