// A drawing (SVG) as a picture: colours and letters that style sheets give are written out, since a picture knows no sheet.
import { download } from "../parts/download";
import { token } from "../state/theme";

const SHARPER = 2;
const MARGIN = 16;

export async function saveDrawing(title: string, drawing: SVGSVGElement): Promise<void> {
  const { width, height } = drawing.getBoundingClientRect();
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(writtenOut(drawing, width, height))}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = (width + 2 * MARGIN) * SHARPER;
  canvas.height = (height + 3 * MARGIN) * SHARPER;
  const pen = canvas.getContext("2d")!;
  pen.scale(SHARPER, SHARPER);
  pen.fillStyle = token("--panel");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = token("--ink");
  pen.font = `bold 13px ${token("--sans")}`;
  pen.fillText(title, MARGIN, MARGIN * 1.3);
  pen.drawImage(picture, MARGIN, MARGIN * 2, width, height);
  canvas.toBlob((blob) => blob && download(`${title}.png`, blob));
}

/** What style sheets say of a drawing; where an attribute says it, it is the same. */
const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font", "text-anchor", "opacity"] as const;

/** The drawing as text of its own: its size, its letters and every colour stand in it. */
function writtenOut(drawing: SVGSVGElement, width: number, height: number): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  styled(drawing, copy);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  return new XMLSerializer().serializeToString(copy);
}

function styled(from: Element, into: Element): void {
  const seen = getComputedStyle(from);
  for (const name of STYLES) (into as SVGElement).style.setProperty(name, seen.getPropertyValue(name));
  for (const [at, child] of Array.from(from.children).entries()) styled(child, into.children[at]!);
}
