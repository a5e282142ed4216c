// The query line: completed as one types, and what cannot be read is underlined where the server says.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Problem, Schema } from "../../api/client";
import { useKeys } from "../../state/keys";
import { completed, type Offer, taken } from "./complete";

type Props = { query: string; problem?: Problem | undefined; names: Schema<"KnownNames">; choose: (query: string) => void };

export function QueryLine({ query, problem, names, choose }: Props) {
  const vocabulary = useAsk("search.keys", {});
  const [text, setText] = useState(query);
  const [cursor, setCursor] = useState(query.length);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => setText(query), [query]);
  useKeys({ "/": () => input.current?.focus() });
  const { from, offers } = open && vocabulary.value ? completed(text, cursor, vocabulary.value, names) : { from: 0, offers: [] };
  const take = (offer: Offer) => {
    const [made, place] = taken(text, cursor, from, offer);
    setText(made);
    setCursor(place);
    setAt(-1);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(place, place);
    });
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && offers.length) setAt((at + 1) % offers.length);
    else if (event.key === "ArrowUp" && offers.length) setAt((at <= 0 ? offers.length : at) - 1);
    else if (event.key === "Tab" && !event.shiftKey && offers.length && open) take(offers[Math.max(0, at)]!);
    else if (event.key === "Enter" && open && at >= 0 && offers[at]) take(offers[at]);
    else if (event.key === "Enter") {
      setOpen(false);
      choose(text.trim());
    } else if (event.key === "Escape" && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  const typed = (field: HTMLInputElement) => {
    setText(field.value);
    setCursor(field.selectionStart ?? field.value.length);
    setOpen(true);
    setAt(-1);
  };
  const wrong = text === query && problem?.span ? problem.span : undefined;
  return (
    <div class="query" onFocusOut={(event) => !event.currentTarget.contains(event.relatedTarget as Node) && setOpen(false)}>
      {wrong && (
        <div class="query-mirror" ref={mirror} aria-hidden="true">
          {text.slice(0, wrong[0])}
          <u>{text.slice(wrong[0], wrong[1]) || " "}</u>
        </div>
      )}
      <input
        ref={input}
        class="mono"
        role="combobox"
        aria-label="query"
        aria-autocomplete="list"
        aria-expanded={offers.length > 0}
        aria-controls={`${id}-offers`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={!!wrong}
        aria-describedby={problem ? `${id}-wrong` : undefined}
        placeholder="state = done and metrics.auc > 0.9 and created > -7d"
        spellcheck={false}
        autocomplete="off"
        value={text}
        onFocus={() => setOpen(true)}
        onInput={(event) => typed(event.currentTarget)}
        onClick={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
        onScroll={(event) => mirror.current?.scrollTo(event.currentTarget.scrollLeft, 0)}
        onKeyDown={pressed}
      />
      {text && (
        <button
          type="button"
          class="quiet query-clear"
          aria-label="clear the query"
          onClick={() => {
            setText("");
            choose("");
          }}
        >
          ✕
        </button>
      )}
      <div class="query-offers menu" id={`${id}-offers`} role="listbox" aria-label="what may follow" hidden={!offers.length}>
        {offers.map((offer, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the line's
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the line
          <div
            key={offer.text}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(offer)}
          >
            <span class="mono">{offer.text}</span> <span class="soft">{offer.about}</span>
          </div>
        ))}
      </div>
      {problem?.span && (
        <p class="bad" id={`${id}-wrong`} role="alert">
          <strong>{problem.title}</strong> <span class="soft">{problem.hint}</span>
        </p>
      )}
    </div>
  );
}
