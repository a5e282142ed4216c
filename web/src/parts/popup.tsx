// A button that opens something small beneath it; Escape, a click elsewhere, or leaving it with Tab closes it.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

type Props = {
  label: ComponentChildren;
  title?: string;
  side?: "left" | "right";
  kind?: string;
  children: (close: () => void) => ComponentChildren;
};

export function Popup({ label, title, side = "left", kind = "", children }: Props) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  useEffect(() => {
    if (!open) return;
    const left = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
      button.current?.focus();
    };
    document.addEventListener("pointerdown", left);
    document.addEventListener("focusin", left);
    box.current?.addEventListener("keydown", pressed);
    box.current?.querySelector<HTMLElement>(".popup input, .popup button, .popup a, .popup select")?.focus();
    return () => {
      document.removeEventListener("pointerdown", left);
      document.removeEventListener("focusin", left);
      box.current?.removeEventListener("keydown", pressed);
    };
  }, [open]);
  return (
    <div class="holds-popup" ref={box}>
      <button
        ref={button}
        type="button"
        class={kind}
        title={title}
        aria-label={title}
        aria-expanded={open}
        aria-haspopup="true"
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && <div class={`popup ${side}`}>{children(close)}</div>}
    </div>
  );
}

/** A choice among a few words. */
export function Choice({
  label,
  value,
  options,
  choose,
}: {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  choose: (value: string) => void;
}) {
  return (
    <label class="choice">
      <span class="soft">{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
