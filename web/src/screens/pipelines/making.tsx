// Making a schedule or a trigger, and changing one. The server says what it would be and when it would come while one writes.
import { useState } from "preact/hooks";
import { useAsk } from "../../api/ask";
import { usePerform } from "../../parts/act";
import { Copy } from "../../parts/copy";
import { Dialog, Foot } from "../../parts/dialog";
import { ProblemBox } from "../../parts/problem";
import { LimitFields } from "../../parts/trigger_limits";
import { free, NameField } from "../../parts/trigger_name";
import { newestOfEach, RunField, useRunOnRecord } from "../../parts/trigger_run";
import { ago, moment } from "../../parts/words";
import { refusal } from "../../state/me";
import { project } from "../../state/project";
import { useSettled } from "../../state/settled";
import {
  alarming,
  begun,
  type Declared,
  declaredOf,
  type Field,
  MADE_HERE,
  of,
  python,
  SOURCES,
  type Source,
  type Trigger,
  valuesOf,
  type When,
  type Wish,
  whole,
  wishOf,
} from "./declaring";

/** Buttons that make one; `pipeline` is what it is to run, where that is known. */
export function MakeButtons({ all, pipeline, again }: { all: readonly Trigger[]; pipeline?: string | undefined; again: () => void }) {
  const [source, setSource] = useState<Source>();
  const taken = all.map((one) => one.name);
  const refused = refusal("triggers.apply");
  const close = () => setSource(undefined);
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setSource("schedule")}>
        Make a schedule…
      </button>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setSource("news")}>
        Make a trigger…
      </button>
      {source && (
        <Form
          title={`${source === "schedule" ? "A schedule" : "A trigger"}${pipeline ? ` for ${pipeline}` : ""}`}
          first={begun(free(`${source === "schedule" ? "nightly" : "after"}${pipeline ? `-${pipeline}` : ""}`, taken), source)}
          {...{ taken, pipeline, close }}
          done={() => {
            close();
            again();
          }}
        />
      )}
    </>
  );
}

export function ChangeButton({ trigger, again }: { trigger: Trigger; again: () => void }) {
  const [open, setOpen] = useState(false);
  const refused = refusal("triggers.apply") || elsewhere(trigger);
  return (
    <>
      <button type="button" disabled={!!refused} title={refused} onClick={() => setOpen(true)}>
        Change…
      </button>
      {open && (
        <Form
          title={`Change the trigger ${trigger.name}`}
          first={wishOf(trigger.declared)}
          before={trigger.declared}
          taken={[]}
          pipeline={of(trigger) ?? undefined}
          close={() => setOpen(false)}
          done={() => {
            setOpen(false);
            again();
          }}
        />
      )}
    </>
  );
}

/** Why a trigger cannot be changed, or done, from here: it acts in its own project. "" when it can. */
export function elsewhere(trigger: Trigger): string {
  const home = trigger.project ?? "default";
  return home === project.value ? "" : `it belongs to the project ${home}`;
}

const KEPT = "kept";

type FormProps = {
  title: string;
  first: Wish;
  /** What is changed; without it a new one is made. */
  before?: Declared;
  taken: readonly string[];
  pipeline?: string | undefined;
  close: () => void;
  done: () => void;
};

function Form({ title, first, before, taken, pipeline, close, done }: FormProps) {
  const [wish, setWish] = useState(first);
  const put = (part: Partial<Wish>) => {
    setWish({ ...wish, ...part });
    clear();
  };
  const runs = !before || before.do.some((act) => act.act === "run");
  const query = pipeline ? `state = done and step = '${pipeline}'` : "state = done";
  const chosen = useRunOnRecord(query, (found) => (pipeline ? [...found] : newestOfEach(found)), before ? KEPT : "");
  const declared = declaredOf(wish, before, chosen.run);
  const ready = whole(wish) && declared.do.length > 0;
  const preview = useAsk("triggers.preview", useSettled(ready ? { trigger: declared } : null), { keep: true });
  const { perform, busy, problem, clear } = usePerform("triggers.apply", done);
  const clash = taken.includes(wish.name);
  const wrong = problem ?? preview.problem;
  const lines = ready && !wrong ? python(declared) : "";
  return (
    <Dialog title={title} close={close} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !clash) perform({ triggers: [declared] });
        }}
      >
        {before ? <FromFile of={before} /> : <NameField value={wish.name} taken={taken} put={(name) => put({ name })} />}
        <WhenFields wish={wish} before={before} put={put} />
        {runs && <RunField of={chosen} kept={before && { value: KEPT, words: "what it runs now, as it was captured" }} />}
        <details open={!!before}>
          <summary>Limits: when it does not act although its news came</summary>
          <LimitFields of={wish} put={put} alarm={alarming(wish.when)} />
          <label class="field-line">
            <input type="checkbox" checked={wish.dry} onChange={(event) => put({ dry: event.currentTarget.checked })} /> a dry run: what it
            would do is recorded, and nothing is done
          </label>
        </details>
        {wrong && <ProblemBox problem={wrong} />}
        {ready && !wrong && preview.value && <Coming {...preview.value} />}
        {lines && (
          <details>
            <summary>The same in a file for treadle apply</summary>
            <pre>{lines}</pre>
            <Copy text={lines} />
          </details>
        )}
        <Foot close={close} off={busy || clash || !ready}>
          {before ? "Change it" : wish.when.on === "schedule" ? "Make the schedule" : "Make the trigger"}
        </Foot>
      </form>
    </Dialog>
  );
}

/** What would be there, and when it would come. */
function Coming({ sentence, coming = [], state }: { sentence: string; coming?: readonly number[]; state: string }) {
  const [next, ...later] = coming;
  return (
    <div class="consequence" role="status">
      <p>
        {state === "unchanged" ? "As it is: " : ""}
        {sentence}
      </p>
      {next !== undefined && (
        <p>
          It would next run <b>{ago(next)}</b>, at {moment(next)}, then at {later.map(moment).join(" and ")}, by this browser's clock.
        </p>
      )}
    </div>
  );
}

function FromFile({ of: { file } }: { of: Declared }) {
  if (!file) return null;
  return (
    <p class="warn">
      It is declared in <code>{file}</code>: <code>treadle apply {file}</code> makes it again what stands there.
    </p>
  );
}

function WhenFields({ wish, before, put }: { wish: Wish; before: Declared | undefined; put: (part: Partial<Wish>) => void }) {
  const { when } = wish;
  const source = SOURCES[when.on];
  const kinds = useAsk("journal.kinds", when.on === "news" ? {} : null);
  const offered = before && !MADE_HERE.includes(before.when.on) ? [...MADE_HERE, before.when.on] : MADE_HERE;
  const match = before?.when.on === when.on ? Object.entries(before.limits?.match ?? {}) : [];
  return (
    <>
      <label class="field">
        It acts
        <select
          value={when.on}
          onChange={(event) => {
            const on = event.currentTarget.value as Source;
            put({ when: before?.when.on === on ? wishOf(before).when : SOURCES[on].fresh });
          }}
        >
          {offered.map((on) => (
            <option key={on} value={on}>
              {SOURCES[on].words}
            </option>
          ))}
        </select>
      </label>
      <div class="settings-form">
        {source.fields.map((field) => (
          <WhenField
            key={`${when.on} ${field.name}`}
            field={field}
            value={valuesOf(when)[field.name]}
            list={field.name === "kind" ? "kinds-of-news" : undefined}
            put={(value) => put({ when: { ...when, [field.name]: value } as When })}
          />
        ))}
      </div>
      <datalist id="kinds-of-news">
        {(kinds.value ?? []).map((kind) => (
          <option key={kind} value={kind} />
        ))}
      </datalist>
      {source.conditions && (
        <label class="field">
          Only if
          <input
            class="mono"
            value={wish.where}
            spellcheck={false}
            placeholder="rows >= 500 and kind != 'quality'"
            onInput={(event) => put({ where: event.currentTarget.value })}
          />
          <small class="soft">
            A condition on what the news say; empty: always.
            {match.length > 0 && ` It stays with ${match.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(", ")}.`}
          </small>
        </label>
      )}
    </>
  );
}

type WhenFieldProps = {
  field: Field;
  value: string | number | boolean | undefined;
  list: string | undefined;
  put: (value: string | number | boolean) => void;
};

function WhenField({ field, value, list, put }: WhenFieldProps) {
  if (field.kind === "switch")
    return (
      <label class="field-line">
        <input type="checkbox" checked={value === true} onChange={(event) => put(event.currentTarget.checked)} /> {field.label}
      </label>
    );
  const number = field.kind === "number";
  return (
    <label class="field">
      {field.label}
      <input
        type={number ? "number" : "text"}
        class={number ? "" : "mono"}
        step="any"
        value={String(value ?? "")}
        list={list}
        spellcheck={false}
        required={!field.optional}
        onInput={(event) => put(number ? Number(event.currentTarget.value) : event.currentTarget.value)}
      />
      {field.hint && <small>{field.hint}</small>}
    </label>
  );
}
