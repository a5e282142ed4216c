// A button that performs an operation. Where it cannot be undone by another click it first says what will follow, and may ask for words.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { forget, problemOf } from "../api/ask";
import { type Answer, call, type Name, type Problem, type Request } from "../api/client";
import { refusal } from "../state/me";
import { Dialog, Foot } from "./dialog";
import { ProblemBox } from "./problem";

type Props<N extends Name> = {
  name: N;
  /** What is asked; `words` is what was written in the dialog. */
  request: (words: string) => Request<N>;
  label: ComponentChildren;
  /** The dialog's title; without it the button acts at once. */
  title?: string;
  /** What will follow, said before it is done. */
  consequence?: ComponentChildren;
  /** Asks for words under this label; `needed` when there is nothing without them. */
  words?: string;
  needed?: boolean;
  kind?: string;
  hint?: string;
  done?: (answer: Answer<N>) => void;
};

export function Act<N extends Name>({ name, request, label, title, consequence, words, needed = false, kind = "", hint, done }: Props<N>) {
  const [asking, setAsking] = useState(false);
  const { perform, busy, problem, clear } = usePerform(name, done);
  const refused = refusal(name);
  const plain = !title && !words;
  return (
    <>
      <button
        type="button"
        class={kind}
        disabled={busy || !!refused}
        title={refused || hint}
        onClick={() => (plain ? perform(request("")) : setAsking(true))}
      >
        {label}
      </button>
      {asking && (
        <Asking
          title={title ?? words!}
          {...{ consequence, words, needed, busy, problem, kind }}
          close={() => {
            setAsking(false);
            clear();
          }}
          go={async (text) => {
            if (await perform(request(text))) setAsking(false);
          }}
          label={label}
        />
      )}
      {plain && problem && (
        <Dialog title="That did not work" close={clear}>
          <ProblemBox problem={problem} />
        </Dialog>
      )}
    </>
  );
}

type AskingProps = {
  title: string;
  label: ComponentChildren;
  consequence?: ComponentChildren;
  words?: string | undefined;
  needed: boolean;
  busy: boolean;
  kind: string;
  problem: Problem | undefined;
  close: () => void;
  go: (words: string) => void;
};

function Asking({ title, label, consequence, words, needed, busy, kind, problem, close, go }: AskingProps) {
  const [text, setText] = useState("");
  return (
    <Dialog title={title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go(text);
        }}
      >
        {consequence && <div class="consequence">{consequence}</div>}
        {words && (
          <label class="field">
            {words}
            <textarea rows={3} value={text} required={needed} onInput={(event) => setText(event.currentTarget.value)} />
          </label>
        )}
        {problem && <ProblemBox problem={problem} />}
        <Foot close={close} off={busy} kind={kind || "primary"}>
          {label}
        </Foot>
      </form>
    </Dialog>
  );
}

/** Performs an operation once at a time; afterwards nothing that was seen before is believed. */
export function usePerform<N extends Name>(name: N, done?: (answer: Answer<N>) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const perform = async (request: Request<N>): Promise<boolean> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await call(name, request);
      forget();
      done?.(answer);
      return true;
    } catch (error) {
      setProblem(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { perform, busy, problem, clear: () => setProblem(undefined) };
}
