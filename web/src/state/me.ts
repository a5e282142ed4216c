// Who is looking, and what they may do.
import { signal } from "@preact/signals";
import { forget } from "../api/ask";
import { Problem, type Schema, send } from "../api/client";
import { TABLE } from "../api/table";
import { signedOut } from "./signed_out";

export type Me = Schema<"Me">;

export const me = signal<Me | null>(null);

export async function learnMe(): Promise<void> {
  try {
    me.value = (await send("/api/me", { headers: { Accept: "application/json" } })) as Me;
    signedOut.value = false;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) signedOut.value = true;
  }
}

export async function signIn(token: string): Promise<void> {
  await send("/api/sign-in", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) });
  await learnMe();
}

export async function signOut(): Promise<void> {
  await send("/api/sign-in", { method: "DELETE" });
  forget();
  me.value = null;
  signedOut.value = true;
}

/** Whether `thing:act` is among permissions with `*` for any. */
export function permits(may: readonly string[], permission: string): boolean {
  const [thing, act] = permission.split(":");
  return [permission, "*:*", `${thing}:*`, `*:${act}`].some((one) => may.includes(one));
}

/** Why an operation cannot be performed by who is looking, or "" when it can. */
export function refusal(name: keyof typeof TABLE): string {
  const permission = TABLE[name][2];
  const now = me.value;
  if (!now || permits(now.may ?? [], permission)) return "";
  return `your role ${now.role} does not allow ${permission}`;
}
