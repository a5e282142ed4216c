// Deployments: web applications of the project's own, in versions side by side, with aliases that move at once.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { type Answer, bytesOf } from "../../api/client";
import { Act } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Dialog } from "../../parts/dialog";
import { Panel } from "../../parts/page";
import { State } from "../../parts/state";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count } from "../../parts/words";
import { project } from "../../state/project";

type Deployment = Answer<"deployments.list">[number];
type Version = Answer<"deployments.versions">[number];

export function Deployments() {
  const asked = useAsk("deployments.list", {}, { news: ["deployment."] });
  return <Answered of={asked}>{(all) => all.map((one) => <One key={one.name} of={one} again={asked.again} />)}</Answered>;
}

function One({ of, again }: { of: Deployment; again: () => void }) {
  const asked = useAsk("deployments.versions", { deployment: of.name }, { news: ["deployment."] });
  const done = () => {
    again();
    asked.again();
  };
  const aliases = Object.entries(of.aliases ?? {});
  return (
    <Panel
      title={`Deployment ${of.name}`}
      note={`${count(of.versions, "version")}${aliases.length ? `; ${aliases.map(([alias, version]) => `${alias} is ${version}`).join(", ")}` : ""}`}
    >
      <Answered of={asked}>
        {(all) => <Table label={`versions of ${of.name}`} rows={all} columns={columns(of, done)} keyOf={(row) => row.id} file={of.name} />}
      </Answered>
    </Panel>
  );
}

function columns(of: Deployment, done: () => void): Column<Version>[] {
  const names = Object.keys(of.aliases ?? {});
  return [
    { key: "name", title: "version", width: 130, cell: (row) => <span class="mono">{row.name}</span>, text: (row) => row.name },
    {
      key: "state",
      title: "state",
      width: 80,
      cell: (row) => <State is={row.enabled ? "on" : "off"} />,
      text: (row) => (row.enabled ? "on" : "off"),
    },
    { key: "aliases", title: "aliases", width: 120, cell: (row) => row.aliases?.join(", "), text: (row) => row.aliases?.join(" ") },
    {
      key: "applications",
      title: "answers at",
      cell: (row) =>
        Object.keys(row.applications).map((name) => (
          <a
            key={name}
            class="mono"
            href={`/deployed/${encodeURIComponent(project.value)}/${encodeURIComponent(of.name)}/${encodeURIComponent(row.name)}/${encodeURIComponent(name)}/`}
            rel="external"
          >
            {name}{" "}
          </a>
        )),
      text: (row) => Object.keys(row.applications).join(" "),
    },
    { key: "made", title: "made", width: 100, cell: (row) => <Time at={row.created_at} />, text: (row) => row.created_at },
    {
      key: "acts",
      title: "do",
      width: 330,
      cell: (row) => (
        <span class="row">
          <Act
            name="deployments.enable"
            request={() => ({ deployment: of.name, version: row.name, enabled: !row.enabled })}
            label={row.enabled ? "Stop" : "Start"}
            title={`${row.enabled ? "Stop" : "Start"} ${of.name} ${row.name}`}
            consequence={
              row.enabled
                ? `Its applications stop${row.aliases?.length ? `: whoever asks for ${row.aliases.join(" or ")} gets no answer` : ""}.`
                : "Its applications start, each in a view and a network of its own."
            }
            kind="quiet"
            done={done}
          />
          <Log of={of} version={row} />
          {names
            .filter((alias) => !row.aliases?.includes(alias))
            .map((alias) => (
              <Act
                key={alias}
                name="deployments.alias"
                request={() => ({ deployment: of.name, alias, version: row.name })}
                label={`Make it ${alias}`}
                title={`Move ${alias} to ${row.name}`}
                consequence={`Whoever asks for ${alias} is answered by ${row.name} at once, no longer by ${of.aliases?.[alias]}.`}
                kind="quiet"
                done={done}
              />
            ))}
          <Act
            name="deployments.alias"
            request={(alias) => ({ deployment: of.name, alias: alias.trim(), version: row.name })}
            label="Alias…"
            title={`An alias for ${row.name}`}
            words="The alias: a word, such as live"
            needed
            kind="quiet"
            done={done}
          />
        </span>
      ),
    },
  ];
}

function Log({ of, version }: { of: Deployment; version: Version }) {
  const [open, setOpen] = useState("");
  return (
    <>
      {Object.keys(version.applications).map((name) => (
        <button key={name} type="button" class="quiet" onClick={() => setOpen(name)}>
          Log{Object.keys(version.applications).length > 1 ? ` of ${name}` : ""}
        </button>
      ))}
      {open && <ShownLog of={of} version={version} application={open} close={() => setOpen("")} />}
    </>
  );
}

function ShownLog({ of, version, application, close }: { of: Deployment; version: Version; application: string; close: () => void }) {
  const asked = useAsk("deployments.log", { deployment: of.name, version: version.name, application });
  return (
    <Dialog title={`${of.name} ${version.name} ${application}: what it printed lately`} close={close} wide>
      <Answered of={asked}>
        {({ data }) => (
          <pre class="log" tabIndex={0}>
            {new TextDecoder().decode(bytesOf(data)) || "It has printed nothing yet."}
          </pre>
        )}
      </Answered>
      <button type="button" onClick={asked.again}>
        Look again
      </button>
    </Dialog>
  );
}
