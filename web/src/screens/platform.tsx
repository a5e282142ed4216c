// Platform: what runs where, what does it cost, who may.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Platform() {
  const asked = useAsk("journal.health", {});
  return (
    <Page title="Platform">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
