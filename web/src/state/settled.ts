// What was typed, once it is not typed any more: a question for every letter would be answered with what is wrong with half a word.
import { useEffect, useState } from "preact/hooks";

const STILL = 300; // milliseconds without a change

/** The value as it was when it last stood still. Values that say the same are the same. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const said = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), STILL);
    return () => clearTimeout(timer);
  }, [said]);
  return settled;
}
