// Endpoints: is it healthy, what answers, can I go back.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Endpoints() {
  const asked = useAsk("serving.endpoints", {});
  return (
    <Page title="Endpoints">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
