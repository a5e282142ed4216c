// Pipelines: did it run, where did it stop, when next.
import { useAsk } from "../api/ask";
import { Answered } from "../parts/answer";
import { Page } from "../parts/page";

export default function Pipelines() {
  const asked = useAsk("triggers.list", {});
  return (
    <Page title="Pipelines">
      <Answered of={asked}>{(value) => <pre>{JSON.stringify(value, null, 1).slice(0, 4000)}</pre>}</Answered>
    </Page>
  );
}
