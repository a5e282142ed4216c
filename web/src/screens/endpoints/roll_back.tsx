// The way back: always in sight, and its consequence said before it is done.
import { Act } from "../../parts/act";
import type { Endpoint } from "../../parts/stages";
import { consequence } from "./rollouts";

export function RollBack({ endpoint, done, quiet = false }: { endpoint: Endpoint; done: () => void; quiet?: boolean }) {
  const { possible, words } = consequence(endpoint);
  if (!possible)
    return (
      <button type="button" class={quiet ? "quiet" : "danger"} disabled title={words}>
        Roll back
      </button>
    );
  return (
    <Act
      name="serving.rollback"
      request={(reason) => ({ endpoint: endpoint.name, reason })}
      label="Roll back"
      title={`Roll back ${endpoint.name}`}
      consequence={words}
      words="Why? (for the journal)"
      kind={quiet ? "danger small" : "danger"}
      done={done}
    />
  );
}
