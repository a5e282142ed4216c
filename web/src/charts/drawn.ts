// A drawing (SVG) as a picture: its colours, which are named by the token sheet, written out, since a picture knows no sheet.
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

/** The drawing as text of its own: its size, its letters and every colour stand in it. */
function writtenOut(drawing: SVGSVGElement, width: number, height: number): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.style.font = `12px ${token("--sans")}`;
  const text = new XMLSerializer().serializeToString(copy);
  return text.replace(/var\((--[\w-]+)\)/g, (_, name: string) => token(name).replaceAll('"', "'"));
}
