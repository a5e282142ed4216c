// Run: what happened, can I trust it, can I repeat it.
import { useRef } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Answer } from "../../api/client";
import { useTurns } from "../../api/turns";
import { Answered } from "../../parts/answer";
import { Page, type Tab, Tabs } from "../../parts/page";
import { Raw } from "../../parts/raw";
import { stateOf } from "../../parts/state";
import { Actions } from "./actions";
import { Code } from "./code";
import { Environment } from "./environment";
import { Lead } from "./lead";
import { Logs } from "./logs";
import { Overview } from "./overview";
import { Comparison, Reasons } from "./reasons";
import "./run.css";

export type Run = Answer<"runs.get">;

export default function Screen({ run }: { run: string }) {
  const known = useRef<Run | undefined>(undefined);
  const asked = useAsk(
    "runs.get",
    { run },
    {
      news: ["run.", "version.approved"],
      concerns: (entry) => !known.current || entry.subject === `run:${known.current.id}` || entry.root === known.current.root,
    },
  );
  known.current = asked.value;
  if (!asked.value) {
    return (
      <Page title={`run ${run}`} says={saysOf(run)}>
        <Answered of={asked}>{() => null}</Answered>
      </Page>
    );
  }
  return <Shown run={asked.value} again={asked.again} />;
}

function Shown({ run, again }: { run: Run; again: () => void }) {
  const says = saysOf(run.id);
  useTurns(run.state === "queued" || run.state === "starting", again, 5000); // what it waits for changes without news
  const tabs: Tab[] = [
    { name: "overview", label: "Overview", body: () => <Overview run={run} again={again} /> },
    { name: "logs", label: "Logs", body: () => <Logs run={run} /> },
    { name: "code", label: "Code", body: () => <Code run={run} /> },
    { name: "environment", label: "Environment", body: () => <Environment run={run} /> },
    { name: "why", label: "Why", body: () => <Reasons run={run} /> },
    { name: "compare", label: "Compare", body: () => <Comparison run={run} /> },
    { name: "raw", label: "Raw", body: () => <Raw value={run} {...says} /> },
  ];
  return (
    <Page
      title={`run ${run.id} ${run.name} (${run.step}, ${stateInWords(run)})`}
      lead={<Lead run={run} />}
      actions={<Actions run={run} again={again} />}
      says={says}
    >
      <Tabs tabs={tabs} />
    </Page>
  );
}

/** `done, reused` as everywhere a run introduces itself. */
function stateInWords(run: Run): string {
  return stateOf(run) === "reused" ? "done, reused" : run.state;
}

function saysOf(run: number | string) {
  return {
    cli: `treadle show ${run}`,
    python: `from treadle import connect\nfrom treadle.contract import runs\n\nconnect()(runs.get_run, runs.RunRef(run="${run}"))`,
  };
}
