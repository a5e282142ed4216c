// What people said about a run, a version, an alarm: in order, live, and with a place to answer.
import { useState } from "preact/hooks";
import { useAsk } from "../api/ask";
import type { Schema } from "../api/client";
import { me, permits } from "../state/me";
import { Act, usePerform } from "./act";
import "./comments.css";
import { Answered } from "./answer";
import { Markdown } from "./markdown";
import { ProblemBox } from "./problem";
import { Time } from "./time";
import { count } from "./words";
import { Writer } from "./writer";

type Comment = Schema<"Comment">;
const MOST = 1000; // what the server tells at once

/** `subject` is `run:17`, `model:churn@v3`, `dataset:flights`, `alarm:3`, `pipeline:nightly` ... Without comments only a line is shown. */
export function Comments({ subject }: { subject: string }) {
  const [opened, setOpened] = useState<{ of: string; open: boolean }>();
  const asked = useAsk(
    "comments.list",
    { subject, limit: MOST },
    { news: ["comment."], concerns: (entry) => entry.data?.about === subject },
  );
  const said = (asked.value ?? []).filter((comment) => !comment.removed_at);
  const open = opened?.of === subject ? opened.open : said.length > 0;
  const heading = asked.value === undefined ? "Comments" : count(said.length, "comment");
  return (
    <section class="panel comments" aria-label={`comments about ${subject}`}>
      <h2>
        <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpened({ of: subject, open: !open })}>
          {open ? "▾" : "▸"} {heading}
        </button>
      </h2>
      {open && (
        <Answered of={asked} rows={2}>
          {(comments) => <Said {...{ subject, comments }} again={asked.again} />}
        </Answered>
      )}
    </section>
  );
}

function Said({ subject, comments, again }: { subject: string; comments: readonly Comment[]; again: () => void }) {
  const adding = usePerform("comments.add", again);
  return (
    <>
      {comments.length > 0 && (
        <ol>
          {comments.map((comment) => (
            <One key={comment.id} {...{ comment, again }} />
          ))}
        </ol>
      )}
      {comments.length >= MOST && <p class="soft">These are the first {MOST}; the journal tells of those behind them.</p>}
      <Writer
        label="Say something"
        send="Comment"
        name="comments.add"
        busy={adding.busy}
        problem={adding.problem && <ProblemBox problem={adding.problem} />}
        write={(text) => adding.perform({ subject, text })}
      />
    </>
  );
}

function One({ comment, again }: { comment: Comment; again: () => void }) {
  const [editing, setEditing] = useState(false);
  const changing = usePerform("comments.change", again);
  const who = me.value;
  const mine = who?.actor === comment.actor;
  const called = !!who && (comment.mentions ?? []).includes(who.actor);
  if (comment.removed_at) {
    return (
      <li class="soft" id={`comment-${comment.id}`}>
        {comment.actor} said something here; {comment.removed_by} took it away <Time at={comment.removed_at} />
      </li>
    );
  }
  return (
    <li id={`comment-${comment.id}`} class={called ? "called" : ""}>
      <div class="row">
        <b>{comment.actor}</b>
        <span class="soft">
          <Time at={comment.at} />
          {comment.changed_at && " · edited"}
          {called && " · mentions you"}
        </span>
        <span class="gap" />
        {mine && !editing && (
          <button type="button" class="quiet" onClick={() => setEditing(true)} aria-label={`edit comment ${comment.id}`}>
            Edit
          </button>
        )}
        {(mine || permits(who?.may ?? [], "comment:admin")) && (
          <Act
            name="comments.remove"
            request={() => ({ comment: comment.id })}
            label="Remove"
            kind="quiet"
            title="Remove this comment?"
            consequence="Its words are gone for good. That something was said, who took it away and when stays on record."
            done={again}
          />
        )}
      </div>
      {editing ? (
        <Writer
          label="Say it in other words"
          send="Save"
          name="comments.change"
          text={comment.text}
          busy={changing.busy}
          problem={changing.problem && <ProblemBox problem={changing.problem} />}
          write={async (text) => {
            const done = await changing.perform({ comment: comment.id, text });
            if (done) setEditing(false);
            return done;
          }}
          cancel={() => setEditing(false)}
        />
      ) : (
        <Markdown text={comment.text} />
      )}
    </li>
  );
}
