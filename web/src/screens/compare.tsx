// Compare: what differs, and did it matter.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Compare() {
  const asked = useAsk("runs.list", {});
  return (
    <Page title="Compare">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
