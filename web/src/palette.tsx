// The palette: go anywhere, do anything.
import { Dialog } from "./parts/dialog";
import { SCREENS } from "./shell";
import { to } from "./state/paths";

export default function Palette({ close }: { close: () => void }) {
  return (
    <Dialog title="Go to" close={close}>
      <ul class="menu">
        {SCREENS.map(([screen, words]) => (
          <li key={screen}>
            <a href={to(screen)} onClick={close}>
              {words}
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
