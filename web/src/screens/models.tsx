// Models: which version is live, is the next one better, may it go.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Models() {
  const asked = useAsk("registry.models", {});
  return (
    <Page title="Models">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
