// Things that a run gave or logged: each can be taken home, and looked at where a browser can show it.
import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk } from "../../api/ask";
import { address, bytesOf, type Problem, type Schema } from "../../api/client";
import { Answered, Waiting } from "../../parts/answer";
import { download } from "../../parts/download";
import { heldOf, Preview, ROWS } from "../../parts/preview";
import { ProblemBox } from "../../parts/problem";
import { said, size } from "../../parts/words";

type Artifact = Schema<"Artifact">;
const MOST_TEXT = 200_000; // characters that are shown
const TEXTS = ["text", "json", "markdown", "yaml", "html"];
const TEXT_NAME = /\.(txt|md|json|jsonl|ya?ml|toml|html|py|log|ini|cfg|sql)$/i;
const TABLES = ["parquet", "csv"];
const TABLE_NAME = /\.(parquet|pq|csv|tsv)$/i; // those that the server reads as tables

export function Download({ of }: { of: Artifact }) {
  if (of.inline) {
    return (
      <button type="button" class="quiet mono" title={of.digest} onClick={() => download(named(of), new Blob([bytes(of)]))}>
        ⤓ {of.digest.slice(0, 12)}
      </button>
    );
  }
  if (of.tree) return <span class="mono">{of.digest.slice(0, 12)}</span>;
  return (
    <a class="mono" href={address("content.get", { digest: of.digest })} download={named(of)} title={of.digest}>
      ⤓ {of.digest.slice(0, 12)}
    </a>
  );
}

/** `only="readable"`: no line for things that can only be taken home. */
export function Kept({ things, only }: { things: readonly Artifact[]; only?: "readable" }) {
  const shown = only ? things.filter((one) => lookOf(one) !== null && lookOf(one) !== "about") : things;
  return (
    <ul class="kept">
      {shown.map((one, at) => (
        <Thing key={`${one.name}${at}`} thing={one} brief={only === "readable"} />
      ))}
    </ul>
  );
}

function Thing({ thing, brief }: { thing: Artifact; brief: boolean }) {
  const [open, setOpen] = useState(false);
  const look = lookOf(thing);
  const about = (thing.about ?? {}) as { step?: number; rows?: number };
  return (
    <li>
      {look && (
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "▾" : "▸"} {thing.name}
        </button>
      )}{" "}
      {!look && <b class="mono">{thing.name}</b>}{" "}
      {!brief && (
        <>
          <span class="soft">{thing.format}</span> {size(thing.size)}{" "}
          {about.rows !== undefined && <span class="soft">{about.rows.toLocaleString("en-US")} rows</span>} <Download of={thing} />
        </>
      )}
      {open && look === "image" && <Picture thing={thing} />}
      {open && look === "table" && <Rows thing={thing} />}
      {open && look === "text" && <Text thing={thing} />}
      {open && look === "tree" && <Tree digest={thing.digest} />}
      {open && look === "about" && <About thing={thing} />}
    </li>
  );
}

function lookOf(thing: Artifact): "image" | "table" | "text" | "tree" | "about" | null {
  if (thing.tree) return "tree";
  if (typeOf(thing)) return "image";
  const shown = (thing.about as { shown?: string } | undefined)?.shown;
  if (TABLES.includes(thing.format) || TABLE_NAME.test(thing.name) || (shown === "table" && thing.format === "json")) return "table";
  if (TEXTS.includes(thing.format) || TEXT_NAME.test(thing.name)) return "text";
  return Object.keys(thing.about ?? {}).length ? "about" : null;
}

/** The media type of an image, from its format or its name. */
function typeOf(thing: Artifact): string | null {
  const found = /(png|jpe?g|gif|webp|svg)$/i.exec(`${thing.name} ${thing.format}`)?.[1]?.toLowerCase();
  const shown = (thing.about as { shown?: string } | undefined)?.shown;
  if (!found) return shown === "image" || shown === "figure" || thing.format === "image" ? "image/png" : null;
  return found === "svg" ? "image/svg+xml" : `image/${found.replace("jpg", "jpeg")}`;
}

function Picture({ thing }: { thing: Artifact }) {
  const { url, problem } = useBytes(thing, typeOf(thing)!);
  if (problem) return <ProblemBox problem={problem} />;
  return url ? <img class="picture" src={url} alt={`${thing.name}, as it was logged`} /> : <Waiting />;
}

/** The first rows of a table, and what its columns hold. */
function Rows({ thing }: { thing: Artifact }) {
  const looked = useAsk("data.preview_artifact", { digest: thing.digest, rows: ROWS });
  return (
    <Answered of={looked}>
      {(known) => (
        <>
          {known.kind === "table" && <p class="soft">{heldOf(known)}</p>}
          <Preview of={known} />
        </>
      )}
    </Answered>
  );
}

function Text({ thing }: { thing: Artifact }) {
  const { blob, problem } = useBytes(thing, "text/plain");
  const [text, setText] = useState<string>();
  useEffect(() => {
    blob?.text().then(setText);
  }, [blob]);
  if (problem) return <ProblemBox problem={problem} />;
  if (text === undefined) return <Waiting />;
  return (
    <pre>
      {text.slice(0, MOST_TEXT)}
      {text.length > MOST_TEXT && "\n… there is more in the file"}
    </pre>
  );
}

function Tree({ digest }: { digest: string }) {
  const files = useAsk("content.tree", { digest });
  return (
    <Answered of={files}>
      {(list) => (
        <ul>
          {list.map((file) => (
            <li key={file.path}>
              <a class="mono" href={address("content.get", { digest: file.digest })} download={file.path.split("/").at(-1)}>
                {file.path}
              </a>{" "}
              <span class="soft">{size(file.size)}</span>
            </li>
          ))}
        </ul>
      )}
    </Answered>
  );
}

function About({ thing }: { thing: Artifact }) {
  return (
    <dl class="facts">
      {Object.entries((thing.about ?? {}) as Record<string, unknown>).map(([name, value]) => [
        <dt key={`${name}t`}>{name}</dt>,
        <dd key={`${name}d`} class="mono">
          {said(value)}
        </dd>,
      ])}
    </dl>
  );
}

/** The bytes of a thing, and an address at which an element of the page finds them. */
function useBytes(thing: Artifact, type: string): { blob?: Blob; url?: string; problem?: Problem } {
  const [state, setState] = useState<{ blob?: Blob; url?: string; problem?: Problem }>({});
  useEffect(() => {
    let url = "";
    let left = false;
    read(thing)
      .then((data) => {
        if (left) return;
        const blob = new Blob([data], { type });
        url = URL.createObjectURL(blob);
        setState({ blob, url });
      })
      .catch((error: unknown) => !left && setState({ problem: problemOf(error) }));
    return () => {
      left = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [thing.digest, type]);
  return state;
}

async function read(thing: Artifact): Promise<BlobPart> {
  if (thing.inline) return bytes(thing);
  const answer = await fetch(address("content.get", { digest: thing.digest }), { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${thing.name} cannot be read: ${answer.status}`);
  return answer.blob();
}

function bytes(thing: Artifact): Uint8Array<ArrayBuffer> {
  return bytesOf(thing.inline!) as Uint8Array<ArrayBuffer>;
}

const ENDINGS: Record<string, string> = {
  text: ".txt",
  json: ".json",
  parquet: ".parquet",
  csv: ".csv",
  image: ".png",
  figure: ".png",
  audio: ".wav",
};

function named(thing: Artifact): string {
  const name = thing.name.split("/").at(-1)!;
  return /\.\w+$/.test(name) ? name : name + (ENDINGS[thing.format] ?? "");
}
