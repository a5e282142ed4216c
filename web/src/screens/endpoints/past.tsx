// Rollouts that were, with their end and its reason; one of them opened shows what its guardrails saw.
import { useAsk } from "../../api/ask";
import { Answered } from "../../parts/answer";
import { Dialog } from "../../parts/dialog";
import { Mentions } from "../../parts/mentions";
import { Panel } from "../../parts/page";
import { type Endpoint, refOf, shareWords, waits } from "../../parts/stages";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { took } from "../../parts/words";
import { pathOf, toJournal } from "../../state/paths";
import { useParam } from "../../state/url";
import type { Rollout } from "./rollouts";
import { Guards } from "./under_way";

export function PastRollouts({ endpoint }: { endpoint: Endpoint }) {
  const concerns = (entry: { subject: string }) => entry.subject === `endpoint:${endpoint.name}`;
  const asked = useAsk("serving.rollouts", { endpoint: endpoint.name }, { news: ["rollout."], concerns });
  const [chosen, choose] = useParam("rollout");
  const ref = (one: Rollout) => {
    const revision = endpoint.revisions?.find((other) => other.number === one.revision);
    return revision ? refOf(revision) : `revision ${one.revision}`;
  };
  return (
    <Panel title="Rollouts" note="newest first, with how they ended">
      <Answered of={asked}>
        {(all) => {
          const one = all.find((other) => String(other.id) === chosen);
          return (
            <>
              {all.length ? (
                <Table
                  label="rollouts"
                  rows={all}
                  columns={columns(ref, (id) => choose(String(id), true))}
                  keyOf={(row) => row.id}
                  file={`${endpoint.name}-rollouts`}
                />
              ) : (
                <p class="soft">Nothing was released yet.</p>
              )}
              {one && <Opened of={one} name={ref(one)} close={() => choose("")} />}
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

function columns(ref: (one: Rollout) => string, open: (id: number) => void): Column<Rollout>[] {
  return [
    {
      key: "id",
      title: "rollout",
      width: 70,
      cell: (row) => (
        <button type="button" class="quiet" onClick={() => open(row.id)} title="what its guardrails saw">
          {row.id}
        </button>
      ),
      text: (row) => row.id,
    },
    { key: "version", title: "version", width: 150, cell: (row) => <a href={pathOf(`model:${ref(row)}`)!}>{ref(row)}</a>, text: ref },
    { key: "state", title: "end", width: 110, cell: (row) => <State is={row.state} />, text: (row) => row.state },
    { key: "started", title: "started", width: 100, cell: (row) => <Time at={row.started_at} />, text: (row) => row.started_at },
    { key: "took", title: "took", numeric: true, width: 80, cell: (row) => took(tookOf(row)), text: tookOf },
    { key: "actor", title: "by", width: 120, cell: (row) => row.actor, text: (row) => row.actor },
    {
      key: "reason",
      title: "why",
      width: 420,
      cell: (row) => (
        <span title={row.reason}>
          {row.override ? `against the gates: ${row.override}; ` : ""}
          {row.reason}
        </span>
      ),
      text: (row) => row.reason,
    },
  ];
}

const tookOf = (one: Rollout) => (one.ended_at ? one.ended_at - one.started_at : null);

function Opened({ of, name, close }: { of: Rollout; name: string; close: () => void }) {
  return (
    <Dialog title={`Rollout ${of.id} of ${name}`} close={close} wide>
      <p>
        <State is={of.state} /> <Mentions text={of.reason ?? ""} />
      </p>
      <ol>
        {of.stages.map((stage, at) => (
          <li key={at}>
            {shareWords(stage)} until {waits(stage)}
            {of.state !== "done" && at === of.stage && <span class="soft"> (it ended here)</span>}
          </li>
        ))}
      </ol>
      <Guards rollout={of} />
      {of.cause != null && (
        <p>
          <a href={toJournal({ entry: of.cause })}>what caused it</a>
        </p>
      )}
    </Dialog>
  );
}
