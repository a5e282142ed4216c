// A key that makes a request unique, so that one that is sent twice is performed once. It also works where a page came over plain HTTP.
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
