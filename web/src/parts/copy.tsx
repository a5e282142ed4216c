// Puts a text into the clipboard, and says so.
import { useState } from "preact/hooks";

export function Copy({ text, label = "copy" }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={copy} aria-label={label === "copy" && !done ? `copy ${text.slice(0, 60)}` : undefined}>
      {done ? "copied" : label}
    </button>
  );
}
