// Today: what needs me now.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Today() {
  const asked = useAsk("journal.read", { newest: true, limit: 20 });
  return (
    <Page title="Today">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
