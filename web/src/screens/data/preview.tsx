// The beginning of a file of a version.
import { useAsk } from "../../api/ask";
import { address } from "../../api/client";
import { Answered } from "../../parts/answer";
import { Panel } from "../../parts/page";
import { heldOf, Preview, ROWS } from "../../parts/preview";
import { size } from "../../parts/words";
import type { Version } from "./dataset";

export function FilePreview({ version, path }: { version: Version; path: string }) {
  const ref = `${version.dataset}@v${version.number}`;
  const looked = useAsk("data.preview", { ref, rows: ROWS, ...(path ? { path } : {}) });
  const known = looked.value;
  const note = known && (
    <>
      <span class="mono">{known.name}</span>, {size(known.size)}
      {known.kind === "table" && `, ${heldOf(known)}`}
    </>
  );
  return (
    <Panel
      title="Preview"
      note={note}
      actions={
        known && (
          <a href={address("content.get", { digest: known.digest })} download={known.name.split("/").at(-1)}>
            download
          </a>
        )
      }
    >
      <Answered of={looked}>{(one) => <Preview of={one} />}</Answered>
    </Panel>
  );
}
