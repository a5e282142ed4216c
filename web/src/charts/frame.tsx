// What stands around every chart: its title, what the numbers are, and the same as a table, a picture or a file.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { download } from "../parts/download";
import { Popup } from "../parts/popup";
import { token } from "../state/theme";
import { saveDrawing } from "./drawn";
import { colourOf, signOf } from "./slots";
import "./charts.css";

export type Key = { slot: number; name: string };

type Props = {
  title: string;
  /** Unit, which direction is better, how it was smoothed. */
  note?: ComponentChildren;
  controls?: ComponentChildren;
  /** The canvas to be kept as a picture, with the legend beneath it. */
  canvas?: (() => HTMLCanvasElement | null | undefined) | undefined;
  keys?: readonly Key[];
  /** A drawing to be kept as a picture. */
  drawing?: () => SVGSVGElement | null | undefined;
  csv?: () => string;
  /** The same as a table, for who does not see the picture. */
  table?: () => ComponentChildren;
  children: ComponentChildren;
};

export function Frame({ title, note, controls, canvas, keys = [], drawing, csv, table, children }: Props) {
  const [tabled, setTabled] = useState(false);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong> {note && <span class="soft">{note}</span>}
        <span class="gap" />
        {controls}
        <Popup label="⋯" title={`${title}: as a table, picture or file`} kind="quiet" side="right">
          {(close) => (
            <ul class="menu">
              {table && <Item words={tabled ? "Show as a chart" : "Show as a table"} act={() => setTabled(!tabled)} close={close} />}
              {canvas && !tabled && <Item words="Save as PNG" act={() => savePicture(title, canvas(), keys)} close={close} />}
              {drawing && !tabled && <Item words="Save as PNG" act={() => keep(title, drawing())} close={close} />}
              {csv && <Item words="Save as CSV" act={() => download(`${title}.csv`, csv(), "text/csv")} close={close} />}
            </ul>
          )}
        </Popup>
      </figcaption>
      {tabled && table ? table() : children}
    </figure>
  );
}

function Item({ words, act, close }: { words: string; act: () => void; close: () => void }) {
  return (
    <li>
      <button
        type="button"
        onClick={() => {
          act();
          close();
        }}
      >
        {words}
      </button>
    </li>
  );
}

function keep(title: string, drawing: SVGSVGElement | null | undefined): void {
  if (drawing) saveDrawing(title, drawing);
}

function savePicture(title: string, canvas: HTMLCanvasElement | null | undefined, keys: readonly Key[]): void {
  if (canvas) pictured(title, canvas, keys).toBlob((blob) => blob && download(`${title}.png`, blob));
}

/** The chart on the ground of the page, its title above and what its lines are beneath. */
function pictured(title: string, chart: HTMLCanvasElement, keys: readonly Key[]): HTMLCanvasElement {
  const ratio = chart.clientWidth ? chart.width / chart.clientWidth : 1;
  const line = 20 * ratio;
  const made = document.createElement("canvas");
  made.width = chart.width + 2 * line;
  made.height = chart.height + line * (keys.length + 3);
  const pen = made.getContext("2d")!;
  pen.fillStyle = token("--panel");
  pen.fillRect(0, 0, made.width, made.height);
  pen.fillStyle = token("--ink");
  pen.font = `bold ${14 * ratio}px ${token("--sans")}`;
  pen.fillText(title, line, line * 1.3);
  pen.drawImage(chart, line, line * 2);
  pen.font = `${12 * ratio}px ${token("--sans")}`;
  for (const [at, key] of keys.entries()) {
    const y = chart.height + line * (at + 2.8);
    pen.fillStyle = colourOf(key.slot);
    pen.fillText(signOf(key.slot), line, y);
    pen.fillStyle = token("--ink");
    pen.fillText(key.name, line * 2, y);
  }
  return made;
}
