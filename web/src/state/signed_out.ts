// The server asks for a token and has none that it knows: the door is shown. A token that is revoked while a page is open leads here, too.
import { signal } from "@preact/signals";

export const signedOut = signal(false);
