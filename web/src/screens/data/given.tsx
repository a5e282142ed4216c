// The single files that runs gave: found by name, described, named, let go of.
import { useEffect, useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { type Answer, address, call } from "../../api/client";
import { Act, usePerform } from "../../parts/act";
import { Answered, Empty } from "../../parts/answer";
import { Dialog } from "../../parts/dialog";
import { Facts } from "../../parts/facts";
import { ProblemBox } from "../../parts/problem";
import { type Column, Table } from "../../parts/table";
import { Time } from "../../parts/time";
import { count, size } from "../../parts/words";
import { refusal } from "../../state/me";
import { toRun } from "../../state/paths";
import { useParam } from "../../state/url";
import { described } from "./properties";

type Datum = Answer<"data.datums">["datums"][number];
const PAGE = 200;
const NEWS = ["datum.", "run.done"];

export function Given() {
  const [name, setName] = useParam("name");
  const [purged, setPurged] = useParam("purged", "no");
  const [chosen, choose] = useParam("datum");
  const wanted = { purged: purged === "yes", limit: PAGE, count: true, ...(name ? { name: name.includes("*") ? name : `${name}*` } : {}) };
  const page = useAsk("data.datums", wanted, { news: NEWS, keep: true });
  const { rest, more } = useMore(page.value, wanted);
  return (
    <div class="stack">
      <div class="row">
        <input
          type="search"
          aria-label="name of the file, * stands for anything"
          placeholder="name, * for anything"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <label class="choice">
          <input type="checkbox" checked={purged === "yes"} onChange={() => setPurged(purged === "yes" ? "no" : "yes")} />
          also those that were let go
        </label>
        {page.value && <span class="soft">{count(page.value.total ?? page.value.datums.length, "file")}</span>}
      </div>
      <Answered of={page}>
        {({ datums }) =>
          datums.length ? (
            <Table
              label="files that runs gave"
              rows={[...datums, ...rest]}
              columns={columns(choose)}
              keyOf={(datum) => datum.id}
              more={more}
              main
              file="files"
            />
          ) : (
            <Empty
              title={name ? `No file that a run gave is called ${name}` : "No run has given a file yet"}
              lines={name ? ["treadle data files --name '*'"] : ["treadle run pipeline.py::train"]}
            >
              What a step returns or writes as an output is kept under a number of its own.
            </Empty>
          )
        }
      </Answered>
      {chosen && <One id={chosen} close={() => choose("")} again={page.again} />}
    </div>
  );
}

/** The pages behind the first one, as they are scrolled to. */
function useMore(first: Answer<"data.datums"> | undefined, wanted: Record<string, unknown>) {
  const [rest, setRest] = useState<readonly Datum[]>([]);
  const [next, setNext] = useState<number | null>(null);
  const key = `${JSON.stringify(wanted)} ${first?.next}`;
  useEffect(() => {
    setRest([]);
    setNext(first?.next ?? null);
  }, [key]);
  const more = async () => {
    if (next === null) return;
    setNext(null);
    const page = await call("data.datums", { ...wanted, after: next });
    setRest((before) => [...before, ...page.datums]);
    setNext(page.next ?? null);
  };
  return { rest, more: next === null ? undefined : more };
}

function columns(choose: (id: string) => void): readonly Column<Datum>[] {
  return [
    {
      key: "id",
      title: "file",
      width: 80,
      numeric: true,
      cell: (datum) => (
        <button
          type="button"
          class="quiet mono"
          onClick={() => choose(String(datum.id))}
          aria-label={`${datum.id}: properties of ${datum.name}`}
        >
          {datum.id}
        </button>
      ),
      text: (datum) => datum.id,
    },
    { key: "name", title: "name", width: 200, cell: (datum) => <Name datum={datum} />, text: (datum) => datum.name },
    { key: "format", title: "format", width: 90, cell: (datum) => datum.format, text: (datum) => datum.format },
    { key: "size", title: "size", numeric: true, width: 90, cell: (datum) => size(datum.size), text: (datum) => datum.size },
    {
      key: "run",
      title: "given by",
      width: 190,
      cell: (datum) => (
        <a href={toRun(datum.run)}>
          run {datum.run} <span class="soft">{datum.step}</span>
        </a>
      ),
      text: (datum) => datum.run,
    },
    {
      key: "names",
      title: "aliases and tags",
      cell: (datum) => (
        <>
          {(datum.aliases ?? []).map((alias) => (
            <b key={alias} class="chip flag champion">
              {alias}
            </b>
          ))}
          {(datum.tags ?? []).map((tag) => (
            <span key={tag} class="chip flag">
              {tag}
            </span>
          ))}
        </>
      ),
      text: (datum) => [...(datum.aliases ?? []), ...(datum.tags ?? [])].join(" "),
    },
    { key: "created", title: "created", width: 110, cell: (datum) => <Time at={datum.created_at} />, text: (datum) => datum.created_at },
  ];
}

function Name({ datum }: { datum: Datum }) {
  if (datum.purged_at) {
    return (
      <span class="soft">
        <s>{datum.name}</s> let go <Time at={datum.purged_at} />
      </span>
    );
  }
  if (datum.tree || !datum.size) return <span title={datum.tree ? "a folder" : undefined}>{datum.name}</span>;
  return (
    <a href={address("content.get", { digest: datum.digest })} download={datum.name} title={`download ${datum.name}`}>
      {datum.name}
    </a>
  );
}

/** One file: what is said of it, and what can be done with it. */
function One({ id, close, again }: { id: string; close: () => void; again: () => void }) {
  const datum = useAsk("data.datum", { ref: id }, { news: NEWS });
  const changed = () => {
    datum.again();
    again();
  };
  return (
    <Dialog title={`File ${id}`} close={close} wide>
      <Answered of={datum}>
        {(known) => (
          <div class="stack">
            <Facts
              value={{
                name: known.name,
                reference: `datum://${known.id}`,
                size: size(known.size),
                digest: known.digest,
                ...(known.checksums ?? {}),
                ...(Object.keys(known.properties ?? {}).length ? { properties: known.properties } : {}),
              }}
            />
            <Describe datum={known} done={changed} />
            <Named datum={known} done={changed} />
            <div class="row">
              <a class="said" href={toRun(known.run)}>
                the run that gave it
              </a>
              <span class="gap" />
              {!known.purged_at && (
                <Act
                  name="data.purge"
                  request={() => ({ ref: String(known.id) })}
                  label="Let go of it"
                  kind="danger"
                  title={`Let go of ${known.name}?`}
                  consequence="The next sweep removes its bytes unless a dataset, a model or another run names the same ones. This line of the record stays; the bytes do not come back."
                  done={changed}
                />
              )}
            </div>
          </div>
        )}
      </Answered>
    </Dialog>
  );
}

function Describe({ datum, done }: { datum: Datum; done: () => void }) {
  const [tags, setTags] = useState((datum.tags ?? []).join(", "));
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const { perform, busy, problem } = usePerform("data.describe", done);
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        perform({ properties: { [String(datum.id)]: described(tags, key, value) as never } });
      }}
    >
      <label class="choice">
        <span class="soft">tags</span>
        <input value={tags} placeholder="checked, july" onInput={(event) => setTags(event.currentTarget.value)} />
      </label>
      <label class="choice">
        <span class="soft">property</span>
        <input value={key} placeholder="name" onInput={(event) => setKey(event.currentTarget.value)} />
      </label>
      <input
        value={value}
        aria-label="value of the property"
        placeholder="value; empty removes it"
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <button type="submit" disabled={busy || !!refusal("data.describe")} title={refusal("data.describe")}>
        Keep
      </button>
      {problem && <ProblemBox problem={problem} />}
    </form>
  );
}

function Named({ datum, done }: { datum: Datum; done: () => void }) {
  const [alias, setAlias] = useState("");
  const { perform, busy, problem } = usePerform("data.set_datum_alias", () => {
    setAlias("");
    done();
  });
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        perform({ alias: alias.trim(), datum: String(datum.id) });
      }}
    >
      {(datum.aliases ?? []).map((one) => (
        <span key={one} class="row">
          <b class="chip flag champion">{one}</b>
          <Act
            name="data.remove_datum_alias"
            request={() => ({ alias: one })}
            label="Remove"
            kind="quiet"
            title={`Remove the alias ${one}?`}
            consequence={
              <>
                What asks for <code>{`datum://${one}`}</code> finds nothing from now on.
              </>
            }
            done={done}
          />
        </span>
      ))}
      <label class="choice">
        <span class="soft">alias</span>
        <input value={alias} required onInput={(event) => setAlias(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={busy || !!refusal("data.set_datum_alias")} title={refusal("data.set_datum_alias")}>
        Move it here
      </button>
      {problem && <ProblemBox problem={problem} />}
    </form>
  );
}
