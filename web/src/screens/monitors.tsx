// Monitors: is the world still as it was in training.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Monitors() {
  const asked = useAsk("monitoring.monitors", {});
  return (
    <Page title="Monitors">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
