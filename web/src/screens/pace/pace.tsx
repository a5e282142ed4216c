// Pace: how fast from idea to value, and where does the time go? Everything is reckoned from the journal; nobody is ranked.
import { useAsk } from "../../api/ask";
import { Answered, Empty } from "../../parts/answer";
import { download, toCsv } from "../../parts/download";
import { Page, Panel } from "../../parts/page";
import { Choice } from "../../parts/popup";
import { StoryOf } from "../../parts/story";
import { count, moment, num, took } from "../../parts/words";
import { pathOf, to, toJournal } from "../../state/paths";
import { useParam } from "../../state/url";
import { ReleaseBars } from "./bars";
import { type Direction, direction, type PaceTold, type Released } from "./reckoning";
import { Weekly } from "./weekly";
import "./pace.css";

const SPANS = ["7", "30", "90", "365"] as const;

export default function Pace() {
  const [days, setDays] = useParam("days", "30");
  const [told, tell] = useParam("release");
  const span = Number(days) || 30;
  const now = useAsk("delivery.pace", { days: span }, { news: ["revision.", "rollout.", "alarm."], keep: true });
  const since = now.value?.since;
  const before = useAsk("delivery.pace", since === undefined ? null : { days: span, until: Math.floor(since) }, { keep: true });
  return (
    <Page
      title="Pace"
      lead="how fast does an idea become a model that earns its keep, and stays there?"
      says={{ cli: `treadle pace --since ${span}d`, python: `client(read_pace, AskPace(days=${span}))` }}
      actions={
        <>
          <Choice label="of the last" value={days} options={SPANS.map((one) => [one, `${one} days`])} choose={setDays} />
          {now.value && (
            <button type="button" onClick={() => save(now.value!)}>
              CSV
            </button>
          )}
        </>
      }
    >
      <Answered of={now} rows={8}>
        {(pace) => (
          <div class="stack">
            <Headlines pace={pace} before={before.value} />
            {(pace.releases ?? []).length ? (
              <div class="grid wide-first">
                <ReleaseBars releases={pace.releases!} chosen={told} choose={(ref) => tell(ref, true)} />
                <div class="stack">
                  <NeverReleased pace={pace} />
                  <WhatIsLive pace={pace} />
                </div>
              </div>
            ) : (
              <Empty title="Nothing was released in these days" lines={["treadle release MODEL@v1 --to ENDPOINT"]}>
                A release is a version that becomes live at an endpoint; the numbers come by themselves.
              </Empty>
            )}
            <Weekly pace={pace} />
            <OneStory pace={pace} told={told} />
          </div>
        )}
      </Answered>
    </Page>
  );
}

// --- five numbers -------------------------------------------------------------------------------------------------------------------

function Headlines({ pace, before }: { pace: PaceTold; before: PaceTold | undefined }) {
  const releases = pace.releases ?? [];
  const journal = toJournal({ kind: "revision.live" });
  return (
    <div class="tiles">
      <Headline
        title="Time to market"
        value={took(pace.time_to_market.median)}
        moved={direction(pace.time_to_market.median, before?.time_to_market.median, true)}
        words={`median from what began it to live, of ${count(pace.time_to_market.count, "release")}; 85 of 100 within ${took(pace.time_to_market.p85)}`}
        href={journal}
      />
      <Headline
        title="Releases"
        value={`${num(pace.per_week)} / week`}
        moved={direction(pace.per_week, before?.per_week, false)}
        words={
          pace.hands_free == null
            ? "none in these days"
            : `${count(releases.length, "release")}, ${percent(pace.hands_free)} without a hand`
        }
        href={journal}
      />
      <Headline
        title="Taken back"
        value={String(pace.taken_back ?? 0)}
        moved={direction(pace.taken_back ?? 0, before ? (before.taken_back ?? 0) : null, true)}
        words="rollouts that went back, by guardrails or by hand"
        href={toJournal({ kind: "rollout.taken_back" })}
      />
      <Headline
        title="Time to restore"
        value={took(pace.restore.median)}
        moved={direction(pace.restore.median, before?.restore.median, true)}
        words={`median from alarm, or bad rollout, to healthy again, of ${pace.restore.count}`}
        href={toJournal({ kind: "alarm.*" })}
      />
      <Headline
        title="Retraining cycle"
        value={took(pace.retraining.median)}
        moved={direction(pace.retraining.median, before?.retraining.median, true)}
        words={`median from an alarm to the version that it caused being live, of ${pace.retraining.count}`}
        href={toJournal({ kind: "alarm.opened" })}
      />
    </div>
  );
}

function Headline({
  title,
  value,
  moved,
  words,
  href,
}: {
  title: string;
  value: string;
  moved: Direction | null;
  words: string;
  href: string;
}) {
  const tone = moved?.better == null ? "soft" : moved.better ? "ok" : "warn";
  return (
    <div class="tile">
      <span class="soft">{title}</span>
      <b>
        <a href={href} title="the entries that it counts">
          {value}
        </a>
      </b>
      {moved && (
        <span class={tone} title="against the same number of days before">
          {moved.words}
          {moved.better != null && (moved.better ? ", better" : ", worse")}
        </span>
      )}{" "}
      <span class="soft">{words}</span>
    </div>
  );
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

// --- what is uncomfortable, and what is live ------------------------------------------------------------------------------------------

function NeverReleased({ pace }: { pace: PaceTold }) {
  const refs = pace.never_released ?? [];
  return (
    <Panel title="Models without return" note="built, never live">
      {refs.length ? (
        <table class="plain">
          <tbody>
            {refs.map((ref) => (
              <NeverRow key={ref} version={ref} />
            ))}
          </tbody>
        </table>
      ) : (
        <p class="soft">every model has been live</p>
      )}
    </Panel>
  );
}

function NeverRow({ version }: { version: string }) {
  const asked = useAsk("registry.version", { ref: version.includes("@") ? version : `${version}@latest` });
  const failed = (asked.value?.gates ?? []).find((gate) => gate.state === "failed" || gate.state === "error");
  const stage = asked.value?.stage;
  const stuck = failed
    ? `gate ${failed.gate}`
    : stage === "waiting"
      ? "waits for approval"
      : stage === "approved"
        ? "no endpoint took it"
        : (stage ?? "");
  return (
    <tr>
      <td>
        <a href={pathOf(`model:${version}`) ?? to("models")}>{version}</a>
      </td>
      <td class="warn">{stuck}</td>
    </tr>
  );
}

function WhatIsLive({ pace }: { pace: PaceTold }) {
  const live = pace.live ?? [];
  return (
    <Panel title="Health of what is live" note={pace.reproducible == null ? "" : `${percent(pace.reproducible)} can be made again`}>
      {live.length ? (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">endpoint</th>
              <th scope="col">version</th>
              <th scope="col">reproducible</th>
              <th scope="col" class="n">
                data age
              </th>
            </tr>
          </thead>
          <tbody>
            {live.map((one) => (
              <tr key={one.endpoint}>
                <td>
                  <a href={to("endpoints", one.endpoint)}>{one.endpoint}</a>
                </td>
                <td>
                  <a href={pathOf(`model:${one.ref}`) ?? ""}>{one.ref}</a>
                </td>
                <td>
                  {one.reproducible ? <span class="ok">✓ all pinned</span> : <span class="bad">✕ {(one.missing ?? []).join(", ")}</span>}
                </td>
                <td class="n">{took(one.age)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="soft">nothing answers now</p>
      )}
    </Panel>
  );
}

/** One release told as a story: the chosen one, or the last. */
function OneStory({ pace, told }: { pace: PaceTold; told: string }) {
  const releases = pace.releases ?? [];
  const release = releases.find((one) => one.ref === told) ?? releases.at(-1);
  return release ? <StoryOf subject={`model://${release.ref}`} facts={false} /> : null;
}

const COLUMNS = [
  { title: "version", text: (one: Released) => one.ref },
  { title: "endpoint", text: (one: Released) => one.endpoint },
  { title: "began", text: (one: Released) => moment(one.began) },
  { title: "live", text: (one: Released) => moment(one.live_at) },
  { title: "because", text: (one: Released) => one.because },
  { title: "total seconds", text: (one: Released) => one.total },
  { title: "working", text: (one: Released) => one.working ?? 0 },
  { title: "approval", text: (one: Released) => one.approval ?? 0 },
  { title: "rollout", text: (one: Released) => one.rollout ?? 0 },
  { title: "idle", text: (one: Released) => one.idle ?? 0 },
  { title: "CPU seconds", text: (one: Released) => one.cpu ?? 0 },
  { title: "hands", text: (one: Released) => (one.hands ?? []).join("; ") },
];

function save(pace: PaceTold): void {
  download("releases.csv", toCsv(COLUMNS, pace.releases ?? []), "text/csv");
}
