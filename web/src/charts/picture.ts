// A drawing of the page (SVG) as a picture file: colours and fonts that the style sheets give are written into a copy, which is then drawn.
import { download } from "../parts/download";
import { token } from "../state/theme";

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font", "text-anchor", "opacity"] as const;
const SCALE = 2;

/** Saves what is drawn as PNG, on the ground of the theme that is shown. */
export async function savePicture(title: string, svg: SVGSVGElement): Promise<void> {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  styled(svg, copy);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const drawing = canvas.getContext("2d")!;
  drawing.scale(SCALE, SCALE);
  drawing.fillStyle = token("--panel");
  drawing.fillRect(0, 0, width, height);
  drawing.drawImage(image, 0, 0, width, height);
  canvas.toBlob((blob) => blob && download(`${title}.png`, blob));
}

function styled(from: Element, into: Element): void {
  const seen = getComputedStyle(from);
  for (const name of STYLES) (into as SVGElement).style.setProperty(name, seen.getPropertyValue(name));
  for (const [at, child] of Array.from(from.children).entries()) styled(child, into.children[at]!);
}
