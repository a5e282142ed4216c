// A question in front of the page. The browser's own <dialog>: it keeps the focus and closes on Escape.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Dialog({
  title,
  close,
  children,
  wide = false,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
  wide?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    shown.showModal();
    shown.querySelector<HTMLElement>("input, textarea, select")?.focus();
    return () => {
      shown.close();
      before?.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      class={wide ? "wide" : ""}
      aria-label={title}
      onCancel={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="dialog">
        <header>
          <h2>{title}</h2>
          <span class="gap" />
          <button type="button" class="quiet" aria-label="close" onClick={close}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

type FootProps = {
  close: () => void;
  /** What the form does. */
  children: ComponentChildren;
  /** It cannot be done now: something is under way, or missing. */
  off?: boolean;
  kind?: string;
  /** Acts on a press; without it the form around is submitted. */
  go?: () => void;
};

/** The last row of a question: to leave it, or to do it. */
export function Foot({ close, children, off = false, kind = "primary", go }: FootProps) {
  return (
    <footer>
      <button type="button" onClick={close}>
        Cancel
      </button>
      <button type={go ? "button" : "submit"} class={kind} disabled={off} onClick={go}>
        {children}
      </button>
    </footer>
  );
}
