// Journal: who did what, when, why.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Journal() {
  const asked = useAsk("journal.read", { newest: true, limit: 50 });
  return (
    <Page title="Journal">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
