// Light, dark, or as the system says.
import { computed, effect, signal } from "@preact/signals";
import { kept } from "./kept";

export const THEMES = ["system", "light", "dark"] as const;
export const theme = kept("theme", "system");

const preferred = window.matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(preferred.matches);
preferred.addEventListener("change", () => {
  systemDark.value = preferred.matches;
});

/** What is shown now; charts draw themselves anew when it changes. */
export const shade = computed(() => (theme.value === "dark" || (theme.value === "system" && systemDark.value) ? "dark" : "light"));

effect(() => {
  document.documentElement.dataset.theme = shade.value;
});

/** A colour of the token sheet, for what is drawn on a canvas. */
export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
