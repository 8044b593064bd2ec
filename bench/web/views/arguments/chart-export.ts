/**
 * chart-export: a chart as CSV, and as a picture in the colours of the page.
 */
import type { Chart } from "../../../../src/argue/finding.js";
import { figureTick, place, scaleOf } from "../../../../src/argue/html-chart.js";
import { figureText } from "../../../../src/argue/text.js";
import { colour } from "../../app/theme.js";
import { blobOf, type Table } from "../../charts/export.js";

/** Counted figures have no interval. */
export function csvOf({ rows, unit, figures }: Chart): Table {
  return [
    [rows, unit, "95 % low", "95 % high"],
    figures.map(({ label, value, low, high }) => [label, value, low ?? "", high ?? ""]),
  ];
}

const [WIDTH, HEAD, ROW, FOOT, PAD] = [900, 64, 28, 24, 20] as const;
const PLOT = { left: 270, right: 640 } as const;
const FONT = "system-ui, sans-serif";

/** Twice as fine as it is drawn, for print. */
export async function pngOf(chart: Chart): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const height = HEAD + chart.figures.length * ROW + FOOT;
  canvas.width = WIDTH * 2;
  canvas.height = height * 2;
  const context = canvas.getContext("2d")!;
  context.scale(2, 2);
  draw(context, chart, height);
  return blobOf(canvas);
}

function draw(context: CanvasRenderingContext2D, chart: Chart, height: number): void {
  const scale = scaleOf(chart);
  const x = (value: number) => PLOT.left + ((PLOT.right - PLOT.left) * place(value, scale)) / 100;
  const text = (words: string, at: number, y: number, options: TextOptions = {}) => {
    const { tone = "--fg", align = "left", font = "14px", most } = options;
    context.fillStyle = colour(tone);
    context.textAlign = align;
    context.font = `${font} ${FONT}`;
    context.fillText(words, at, y, most);
  };
  const line = (tone: string, x1: number, y1: number, x2: number, y2: number, dash: number[] = []) => {
    context.strokeStyle = colour(tone);
    context.lineWidth = 1.5;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
    context.setLineDash([]);
  };
  context.fillStyle = colour("--bg");
  context.fillRect(0, 0, WIDTH, height);
  context.textBaseline = "middle";
  text(chart.title, PAD, 20, { font: "600 16px", most: WIDTH - 2 * PAD });
  text(chart.unit, WIDTH - PAD, HEAD - 16, { tone: "--quiet", align: "right", font: "12px" });
  for (const tick of scale.ticks)
    text(figureTick(tick), x(tick), HEAD - 16, { tone: "--quiet", align: "center", font: "12px" });
  const end = HEAD + chart.figures.length * ROW;
  if (chart.kind === "ratio") line("--mark", x(1), HEAD - 4, x(1), end);
  if (chart.limit !== null) line("--warn", x(chart.limit.value), HEAD - 4, x(chart.limit.value), end, [4, 3]);
  for (const [i, { label, value, low, high }] of chart.figures.entries()) {
    const y = HEAD + i * ROW + ROW / 2;
    text(label, PAD, y, { most: PLOT.left - PAD - 12 });
    context.fillStyle = colour("--bar");
    if (chart.kind === "amount") context.fillRect(PLOT.left, y - 7, x(value) - PLOT.left, 14);
    if (low !== null && high !== null) {
      line("--fg", x(low), y, x(high), y);
      for (const edge of [low, high]) line("--fg", x(edge), y - 5, x(edge), y + 5);
    }
    if (chart.kind === "ratio") {
      context.fillStyle = colour("--bar");
      context.beginPath();
      context.arc(x(value), y, 5, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    const interval = low === null || high === null ? "" : `  (${figureText(low)} to ${figureText(high)})`;
    text(`${figureText(value)}${interval}`, WIDTH - PAD, y, { align: "right" });
  }
  text("PageLedger laboratory", PAD, height - 12, { tone: "--quiet", font: "11px" });
}

interface TextOptions {
  readonly tone?: string;
  readonly align?: CanvasTextAlign;
  readonly font?: string;
  readonly most?: number;
}
