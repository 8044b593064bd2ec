/**
 * svg-export: a drawing of the page as a picture: with the colours that the style sheet gives it, its title and its legend.
 */
import { colour } from "../../app/theme.js";
import { blobOf } from "../../charts/export.js";

const STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size"] as const;
const [WIDTH, HEAD, ROW] = [900, 44, 22] as const;

export async function svgPng(drawing: SVGSVGElement, title: string, legend: HTMLElement): Promise<Blob> {
  const [, , viewWidth, viewHeight] = drawing.getAttribute("viewBox")!.split(" ").map(Number);
  const height = (WIDTH * viewHeight!) / viewWidth!;
  const image = await imageOf(drawing, WIDTH, height);
  const items = [...legend.querySelectorAll("li")];
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * 2;
  canvas.height = (HEAD + height + items.length * ROW + 12) * 2;
  const context = canvas.getContext("2d")!;
  context.scale(2, 2);
  context.fillStyle = colour("--bg");
  context.fillRect(0, 0, WIDTH, canvas.height);
  context.textBaseline = "middle";
  context.fillStyle = colour("--fg");
  context.font = "600 16px system-ui, sans-serif";
  context.fillText(title, 20, HEAD / 2);
  context.drawImage(image, 0, HEAD, WIDTH, height);
  context.font = "14px system-ui, sans-serif";
  for (const [i, item] of items.entries()) {
    const y = HEAD + height + i * ROW + ROW / 2;
    context.fillStyle = getComputedStyle(item.querySelector("i")!).borderTopColor;
    context.fillRect(20, y - 2, 24, 4);
    context.fillStyle = colour("--fg");
    context.fillText(item.textContent, 54, y);
  }
  return blobOf(canvas);
}

async function imageOf(drawing: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const [from, to] = [drawing, copy].map((root) => [...root.querySelectorAll<SVGElement>("*")]);
  for (const [i, element] of from!.entries()) {
    const style = getComputedStyle(element);
    for (const name of STYLES) to![i]!.setAttribute(name, style.getPropertyValue(name));
  }
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("font-family", "system-ui, sans-serif");
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  return image;
}
