// Run: what happened, can I trust it, can I repeat it.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Run() {
  const asked = useAsk("runs.list", {});
  return (
    <Page title="Run">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
