// Pace: how fast from idea to value, and where does the time go.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Pace() {
  const asked = useAsk("delivery.pace", {});
  return (
    <Page title="Pace">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
