// Where the time goes: a bar for each release, working parts filled, waiting parts hatched. A bar opens the release's story.
import { useRef } from "preact/hooks";
import { savePicture } from "../../charts/picture";
import { Panel } from "../../parts/page";
import { took } from "../../parts/words";
import { bars, PARTS, type Released } from "./reckoning";

const ROW = 30;
const LEFT = 150;
const RIGHT = 70;
const WIDTH = 760;
const MOST = 12;

export function ReleaseBars({
  releases,
  chosen,
  choose,
}: {
  releases: readonly Released[];
  chosen: string;
  choose: (ref: string) => void;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const shown = releases.slice(-MOST).toReversed();
  const longest = Math.max(...shown.map((one) => one.total));
  const scale = WIDTH - LEFT - RIGHT;
  return (
    <Panel
      title="Where the time goes"
      note="per release; a bar opens its story beneath"
      actions={
        <button type="button" class="quiet" onClick={() => svg.current && savePicture("where the time goes", svg.current)}>
          PNG
        </button>
      }
    >
      <p class="row legend">
        {PARTS.map((part) => (
          <span key={part.key} class="row">
            <svg width="14" height="14" aria-hidden="true">
              <rect width="14" height="14" class={part.key} />
              {part.waiting && <rect width="14" height="14" fill="url(#waits)" />}
            </svg>
            {part.words}
          </span>
        ))}
      </p>
      <svg
        ref={svg}
        class="release-bars"
        viewBox={`0 0 ${WIDTH} ${shown.length * ROW}`}
        role="group"
        aria-label="where the time of each release went"
      >
        <defs>
          <pattern id="waits" width="6" height="6" patternUnits="userSpaceOnUse">
            <path d="M0 6L6 0" class="hatch" />
          </pattern>
        </defs>
        {shown.map((release, at) => (
          <g key={release.entry} class={release.ref === chosen ? "chosen" : ""}>
            <text x={LEFT - 8} y={at * ROW + 19} text-anchor="end">
              {release.ref}
            </text>
            {bars(release, longest).map((part) => (
              <g key={part.key}>
                <rect x={LEFT + part.from * scale} y={at * ROW + 5} width={part.width * scale} height={ROW - 10} class={part.key} />
                {part.waiting && (
                  <rect x={LEFT + part.from * scale} y={at * ROW + 5} width={part.width * scale} height={ROW - 10} fill="url(#waits)" />
                )}
              </g>
            ))}
            <text x={LEFT + (release.total / longest) * scale + 6} y={at * ROW + 19}>
              {took(release.total)}
            </text>
            <rect
              class="press"
              x={0}
              y={at * ROW}
              width={WIDTH}
              height={ROW}
              role="button"
              tabIndex={0}
              aria-label={`${release.ref}: ${told(release)}`}
              onClick={() => choose(release.ref)}
              onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && choose(release.ref)}
            >
              <title>{told(release)}</title>
            </rect>
          </g>
        ))}
      </svg>
    </Panel>
  );
}

function told(release: Released): string {
  const parts = PARTS.filter((part) => release[part.key]).map((part) => `${part.words} ${took(release[part.key])}`);
  const hands = (release.hands ?? []).length ? `by hand: ${release.hands!.join(", ")}` : "without a hand";
  return `${took(release.total)}: ${parts.join("; ")}; ${hands}`;
}
