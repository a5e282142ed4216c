// Projects: teams' spaces, what their runs are given, and where their code comes from. The value of a secret is never shown.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Act, usePerform } from "../../parts/act";
import { Answered } from "../../parts/answer";
import { Dialog, Foot } from "../../parts/dialog";
import { Panel } from "../../parts/page";
import { ProblemBox } from "../../parts/problem";
import { Time } from "../../parts/time";
import { refusal } from "../../state/me";

type Project = Schema<"Project">;

export function Projects() {
  const projects = useAsk("projects.list", {}, { news: ["project."] });
  return (
    <div class="stack">
      <p>
        <Form
          label="New project…"
          title="A new project"
          fields={[
            { name: "project", label: "Name: letters, digits, dots, dashes, underscores", needed: true },
            { name: "description", label: "What it is for" },
          ]}
          operation="projects.create"
          request={(values) => ({ project: values.project!, description: values.description ?? "" })}
          done={projects.again}
        />
      </p>
      <Answered of={projects}>
        {(list) => list.map((project) => <OneProject key={project.name} project={project} again={projects.again} />)}
      </Answered>
    </div>
  );
}

function OneProject({ project, again }: { project: Project; again: () => void }) {
  const variables = Object.entries(project.variables ?? {});
  return (
    <Panel
      title={<a href={`/p/${encodeURIComponent(project.name)}/today`}>{project.name}</a>}
      note={project.description}
      actions={
        <>
          <Form
            label="Change…"
            title={`The project ${project.name}`}
            fields={[
              { name: "description", label: "What it is for", value: project.description ?? "" },
              { name: "repository", label: "Repository: a URL or folder that git can fetch from", value: project.repository ?? "" },
              { name: "yaml", label: "Declarations", value: project.yaml ?? "valohai.yaml" },
            ]}
            operation="projects.change"
            request={(values) => ({ project: project.name, ...values })}
            done={again}
          />
          <Form
            label="Set a variable…"
            title={`A variable of the runs of ${project.name}`}
            fields={[
              { name: "name", label: "Name", needed: true },
              { name: "value", label: "Value", needed: true },
              { name: "secret", label: "Secret: kept outside of the record, masked in logs, never shown", check: true },
            ]}
            operation="projects.set_variable"
            request={(values) => ({
              project: project.name,
              name: values.name!,
              value: values.value ?? "",
              secret: values.secret === "yes",
            })}
            done={again}
          />
        </>
      }
    >
      <dl class="facts">
        {project.repository && (
          <>
            <dt>repository</dt>
            <dd class="mono">{project.repository}</dd>
          </>
        )}
        {project.created_at && (
          <>
            <dt>made</dt>
            <dd>
              <Time at={project.created_at} /> by {project.actor}
            </dd>
          </>
        )}
        {variables.map(([name, variable]) => (
          <>
            <dt class="mono">{name}</dt>
            <dd class="row">
              {variable.secret ? <span class="soft">secret</span> : <span class="mono">{variable.value}</span>}
              <Act
                name="projects.drop_variable"
                request={() => ({ project: project.name, name })}
                label="Forget"
                kind="quiet"
                title={`Forget ${name}?`}
                consequence="Runs that are asked for from now on are started without it."
                done={again}
              />
            </dd>
          </>
        ))}
      </dl>
      {!variables.length && <p class="soft">its runs are given no variables</p>}
    </Panel>
  );
}

type Field = { name: string; label: string; value?: string; needed?: boolean; check?: boolean };
type Changing = "projects.create" | "projects.change" | "projects.set_variable";
type FormProps<N extends Changing> = {
  label: string;
  title: string;
  fields: readonly Field[];
  operation: N;
  request: (values: Record<string, string | undefined>) => Parameters<ReturnType<typeof usePerform<N>>["perform"]>[0];
  done: () => void;
};

function Form<N extends Changing>({ label, title, fields, operation, request, done }: FormProps<N>) {
  const [open, setOpen] = useState(false);
  const { perform, busy, problem } = usePerform(operation, () => {
    setOpen(false);
    done();
  });
  const refused = refusal(operation);
  const submit = (event: Event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement);
    void perform(request(Object.fromEntries(fields.map((field) => [field.name, given.get(field.name)?.toString()]))));
  };
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        {label}
      </button>
      {open && (
        <Dialog title={title} close={() => setOpen(false)}>
          <form onSubmit={submit}>
            {fields.map((field) =>
              field.check ? (
                <label key={field.name} class="row">
                  <input type="checkbox" name={field.name} value="yes" /> {field.label}
                </label>
              ) : (
                <label key={field.name} class="field">
                  {field.label}
                  <input name={field.name} defaultValue={field.value} required={field.needed ?? false} autocomplete="off" />
                </label>
              ),
            )}
            {problem && <ProblemBox problem={problem} />}
            <Foot close={() => setOpen(false)} off={busy}>
              Save
            </Foot>
          </form>
        </Dialog>
      )}
    </>
  );
}
