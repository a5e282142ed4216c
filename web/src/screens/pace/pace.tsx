// Pace: how fast from idea to value, and where does the time go? All of it is computed from the journal; nothing ranks persons.
import { useAsk } from "../../api/ask";
import type { Schema } from "../../api/client";
import { Answered, Empty } from "../../parts/answer";
import { download, toCsv } from "../../parts/download";
import { Page, Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { StoryOf } from "../../parts/story";
import { project } from "../../state/project";
import { changed, useParam } from "../../state/url";
import { Bars, RELEASES } from "./bars";
import { Counted } from "./counted";
import { FIGURES, type Figure, turn, weeks } from "./figures";
import { Weekly } from "./weekly";
import { Health, WithoutReturn } from "./without";
import "./pace.css";

type PaceNow = Schema<"Pace">;

const DAYS = ["7", "30", "90", "365"] as const;
const NEWS = ["revision.", "rollout.", "alarm.opened", "alarm.closed", "model.registered", "version."];

export default function Pace() {
  const [days, setDays] = useParam("days", "30");
  const span = Number(days) > 0 ? Number(days) : 30;
  const asked = useAsk("delivery.pace", { days: span }, { news: NEWS, keep: true });
  const until = asked.value && Math.floor(asked.value.since / 60) * 60; // one question a minute, not one for each answer
  const before = useAsk("delivery.pace", until ? { days: span, until } : null, { keep: true });
  const options = DAYS.includes(days as "7") ? DAYS : [...DAYS, days];
  return (
    <Page
      title="Pace"
      lead="how fast from idea to value, and where the time goes"
      says={{ cli: `treadle pace --since ${span}d`, python: `client(read_pace, AskPace(days=${span}))` }}
      actions={
        <>
          <Choice
            label="the last"
            value={days}
            options={options.map((one) => [one, `${one} days`] as const)}
            choose={(value) => setDays(value, true)}
          />
          <button
            type="button"
            disabled={!asked.value?.releases?.length}
            title="every release with its parts, as a file"
            onClick={() => download(`pace-${span}-days.csv`, toCsv(RELEASES, asked.value?.releases ?? []), "text/csv")}
          >
            CSV
          </button>
        </>
      }
    >
      <Answered of={asked} rows={10}>
        {(now) => <Told now={now} before={before.value} days={span} />}
      </Answered>
    </Page>
  );
}

function Told({ now, before, days }: { now: PaceNow; before: PaceNow | undefined; days: number }) {
  const [counted, setCounted] = useParam("of");
  const [release, setRelease] = useParam("release");
  const releases = now.releases ?? [];
  const chosen = releases.find((one) => String(one.entry) === release) ?? releases.at(-1);
  const toStory = (entry: number) => `${changed(location.pathname, location.search, { release: String(entry) })}#story`;
  const shares = { working: now.working, approval: now.approval, rollout: now.rollout, idle: now.idle };
  return (
    <div class="stack">
      <div class="tiles pace">
        {FIGURES.map((figure) => (
          <Tile
            key={figure.name}
            {...{ figure, now, before, days }}
            open={counted === figure.name}
            choose={() => setCounted(counted === figure.name ? "" : figure.name, true)}
          />
        ))}
      </div>
      {counted && <Counted name={counted} pace={now} close={() => setCounted("")} />}
      <div class="pace-halves">
        <section class="panel">
          {releases.length ? (
            <Bars releases={releases} shares={shares} chosen={chosen?.entry ?? 0} toStory={toStory} />
          ) : (
            <Empty
              title="No release in these days"
              lines={["treadle run pipeline.py::train", "treadle serve MODEL@champion", "treadle pace"]}
            >
              A version that becomes live at an endpoint is a release; its time begins with what caused it.
            </Empty>
          )}
        </section>
        <div class="stack">
          <WithoutReturn names={now.never_released ?? []} />
          <Health live={now.live ?? []} releases={releases} />
        </div>
      </div>
      <div class="pace-halves">
        <div id="story" class="stack">
          {chosen ? (
            <Story of={chosen.ref} entry={chosen.entry} newest={chosen === releases.at(-1)} toNewest={() => setRelease("")} />
          ) : (
            <Panel title="The story of a release">
              <p class="soft">A release is told here line by line: what caused what, from the first cause to live.</p>
            </Panel>
          )}
        </div>
        <Weeks now={now} />
      </div>
    </div>
  );
}

type TileProps = { figure: Figure; now: PaceNow; before: PaceNow | undefined; days: number; open: boolean; choose: () => void };

function Tile({ figure, now, before, days, open, choose }: TileProps) {
  const value = figure.value(now);
  const against = before && turn(figure, value, figure.value(before));
  const more = figure.more?.(now);
  return (
    <button type="button" class="tile" aria-expanded={open} onClick={choose} title="what this number counts">
      <span class="soft">{figure.title}</span>
      <b>{value == null ? "—" : figure.say(value)}</b>
      {against ? (
        <span class={against.tone}>
          {against.sign} {against.words}
        </span>
      ) : (
        <span class="soft">{before ? `nothing to compare with in the ${days} days before` : " "}</span>
      )}
      {more && <span>{more}</span>}
      <small class="soft">{figure.means}</small>
    </button>
  );
}

function Story({ of, entry, newest, toNewest }: { of: string; entry: number; newest: boolean; toNewest: () => void }) {
  return (
    <section aria-label={`the story of ${of}`} data-release={entry}>
      <div class="panel-head">
        <h2>{newest ? "The story of the last release" : `The story of ${of}`}</h2>
        <span class="gap" />
        {!newest && (
          <button type="button" class="quiet" onClick={toNewest}>
            the last release
          </button>
        )}
      </div>
      <StoryOf subject={`model://${of}`} facts={false} />
    </section>
  );
}

function Weeks({ now }: { now: PaceNow }) {
  const span = { since: now.since, until: now.until, project: project.value, newest: true, limit: 5000 };
  const alarms = useAsk("journal.read", { ...span, kind: "alarm.opened" }, { keep: true });
  const back = useAsk("journal.read", { ...span, kind: "rollout.taken_back" }, { keep: true });
  return (
    <section class="panel">
      <Answered of={alarms}>
        {(opened) => <Weekly weeks={weeks(now.since, now.until, now.releases ?? [], [...opened, ...(back.value ?? [])])} />}
      </Answered>
    </section>
  );
}
