/**
 * text: the terminal's form of the arguments.
 */
import { type Paint, printable } from "../report/text.js";
import type { Claim } from "./claims.js";
import type { ArgueResult, Argument, Chart, Figure, Verdict } from "./finding.js";

const WIDTH = 100;

/** A figure to about three places. */
export function figureText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(size >= 100 ? 1 : size >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(size))));
}

/** `12.3`, or `12.3 (11.9 to 12.8)`. */
function intervalText({ value, low, high }: Figure): string {
  const figure = figureText(value);
  return low === null || high === null ? figure : `${figure} (${figureText(low)} to ${figureText(high)})`;
}

/** Breaks text at blanks; a longer word keeps its line. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

export function verdictPaint(verdict: Verdict, paint: Paint): (text: string) => string {
  return {
    holds: paint.good,
    "holds in part": paint.warn,
    "does not hold": paint.bad,
    "not decided": paint.dim,
  }[verdict];
}

export function machineLine({ machine, quick }: ArgueResult): string {
  const count = (n: number) => n.toLocaleString("en-US");
  const hurried = quick ? "; a quick run, its intervals are wide" : "";
  return `${printable(machine.name)} (${machine.source}): ${count(machine.frames)} frames, ${count(machine.ownedFrames)} owned by ${count(machine.containers)} containers after ${count(machine.operations)} operations${hurried}`;
}

/** Everything, claim by claim. */
export function argueText(result: ArgueResult, paint: Paint): string[] {
  const lines = [machineLine(result), printable(result.machine.what)];
  lines.push(`measured on ${printable(result.environment.cpu)}, ${result.environment.engine}`, "");
  for (const argument of result.arguments) lines.push(...argumentText(argument, paint), "");
  return [...lines, ...verdictTable(result, paint)];
}

function argumentText({ claim, finding, command }: Argument, paint: Paint): string[] {
  const block = (name: string, text: string) => wrap(`${name}  ${printable(text)}`, WIDTH, "  ");
  return [
    paint.bold(claim.title),
    paint.dim(`  ${claim.who}, ${claim.when}`),
    ...wrap(claim.thread, WIDTH, "  ").map(paint.dim),
    ...block("claim", claim.claim),
    ...block("rule", finding.rule),
    ...finding.charts.flatMap((chart) => chartText(chart, paint)),
    ...finding.missing.flatMap((what) => wrap(printable(what), WIDTH, "  ").map(paint.warn)),
    `  verdict  ${paint.bold(verdictPaint(finding.verdict, paint)(finding.verdict))}`,
    ...block("because", finding.reason),
    ...finding.notes.flatMap((note) => block("note", note)),
    paint.dim(`  again    ${printable(command)}`),
  ];
}

function chartText(chart: Chart, paint: Paint): string[] {
  const width = Math.max(...chart.figures.map(({ label }) => label.length));
  const limit = chart.limit === null ? "" : `; ${chart.limit.label}`;
  return [
    paint.dim(`  ${chart.title} (${chart.unit}${limit})`),
    ...chart.figures.map((figure) => `    ${printable(figure.label).padEnd(width)}  ${intervalText(figure)}`),
  ];
}

/** All verdicts at a glance. */
function verdictTable({ arguments: all }: ArgueResult, paint: Paint): string[] {
  const width = Math.max(0, ...all.map(({ claim }) => claim.title.length));
  return all.map(
    ({ claim, finding }) =>
      `${claim.title.padEnd(width)}  ${verdictPaint(finding.verdict, paint)(finding.verdict)}`,
  );
}

/** The claims, without measuring anything. */
export function claimList(claims: readonly Claim[], paint: Paint): string[] {
  const width = Math.max(...claims.map(({ id }) => id.length));
  return claims.flatMap(({ id, title, who, when }) => [
    `${paint.bold(id.padEnd(width))}  ${title}`,
    paint.dim(`${" ".repeat(width)}  ${who}, ${when}`),
  ]);
}
