/**
 * descriptors: the page descriptors that the mails are about, and what is compared in them.
 *
 *   bytes        │ 56 │ 64 │ 72 │        lines of 64 bytes that a descriptor lies on, or the fields that a lookup
 *   fits a line  │ no │ yes│ no │        touches, are counted over many of them; times are measured
 */
import { FRAME_LAYOUTS } from "../abi.js";
import { fieldRanges, meanLines } from "../measure/cache-lines.js";
import { amounts, present, timeChart } from "./charts.js";
import { type Chart, counted } from "./finding.js";
import { QUESTIONS, type Question } from "./full-machine.js";
import type { Ratio } from "./judge.js";
import { type Laboratory, type LayoutDesign, nameOf } from "./laboratory.js";
import type { LifeOptions } from "./life.js";
import { ratio, type Timings } from "./trials.js";

/** 2006: the owner beside the descriptors, so that the size alone differs; in them; in a radix tree. */
export const BESIDE_56: LayoutDesign = { layout: "linux-2006", design: "column" };
export const BESIDE_64: LayoutDesign = { layout: "linux-2006-owner", design: "column" };
export const BESIDE_72: LayoutDesign = { layout: "linux-2006-owner-virtual", design: "column" };
export const INSIDE_64: LayoutDesign = { layout: "linux-2006-owner", design: "in-page" };
export const INSIDE_72: LayoutDesign = { layout: "linux-2006-owner-virtual", design: "in-page" };
export const RADIX_56: LayoutDesign = { layout: "linux-2006", design: "radix" };
/** Owners inside 72 bytes are asked for only: no claim is about lives of such pages. */
const ALL_2006 = [BESIDE_56, BESIDE_64, BESIDE_72, INSIDE_64, RADIX_56, INSIDE_72];
const LIVED_2006 = ALL_2006.slice(0, -1);

/** 2015: with the pointer to the owner, and with three function pointers as well. */
export const INSIDE_2015: LayoutDesign = { layout: "linux-2015", design: "in-page" };
export const MOVABLE_2015: LayoutDesign = { layout: "linux-2015-movable", design: "in-page" };
const ALL_2015 = [INSIDE_2015, MOVABLE_2015];

/** What a reader knows them by. */
export const SAID: Readonly<Record<string, string>> = {
  [nameOf(BESIDE_56)]: "56 bytes, owner beside",
  [nameOf(BESIDE_64)]: "64 bytes, owner beside",
  [nameOf(BESIDE_72)]: "72 bytes, owner beside",
  [nameOf(INSIDE_64)]: "64 bytes, owner inside",
  [nameOf(INSIDE_72)]: "72 bytes, owner inside",
  [nameOf(RADIX_56)]: "56 bytes, owner in a radix tree",
  [nameOf(INSIDE_2015)]: "64 bytes",
  [nameOf(MOVABLE_2015)]: "88 bytes",
};

type Case = LifeOptions | Question;

/** All descriptors of one year take turns, whichever of them a claim is about. */
function timingsOf(lab: Laboratory, of: LayoutDesign, each: Case): Promise<Timings> {
  const is2015 = ALL_2015.includes(of);
  if ("isTouched" in each) return lab.layoutLookups(is2015 ? ALL_2015 : ALL_2006, each);
  return lab.layoutLives(is2015 ? ALL_2015 : LIVED_2006, each);
}

/** Time in descriptors `over` to that in `under`, in each case; what could not be measured goes to `missing`. */
export async function descriptorRatios(
  lab: Laboratory,
  [over, under]: readonly [LayoutDesign, LayoutDesign],
  cases: readonly Case[],
  missing: string[],
): Promise<Ratio[]> {
  const pairs: [string, Ratio | undefined][] = [];
  for (const each of cases) {
    const found = ratio(await timingsOf(lab, over, each), nameOf(over), nameOf(under), each.label);
    pairs.push([`${SAID[nameOf(over)]}, to ${SAID[nameOf(under)]}, ${each.label}`, found]);
  }
  return present(pairs, missing, "modules with page descriptors of other kernels are not built");
}

/** The times themselves, for each case that was measured. */
export async function descriptorTimes(
  lab: Laboratory,
  shown: readonly LayoutDesign[],
  cases: readonly Case[],
): Promise<Chart[]> {
  const names = Object.fromEntries(shown.map((each) => [nameOf(each), SAID[nameOf(each)]!]));
  const charts: Chart[] = [];
  for (const each of cases) {
    const timings = await timingsOf(lab, shown[0]!, each);
    const unit = QUESTIONS.includes(each as Question) ? "ns per lookup" : "ns per page";
    if (timings.size > 0) charts.push(timeChart(capital(each.label), unit, "descriptor", timings, names));
  }
  return charts;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

/** Lines of 64 bytes, on average over an array of descriptors: a whole one, and flags with owner. */
export function linesOf(layout: string): { readonly whole: number; readonly touched: number } {
  const frame = FRAME_LAYOUTS.find(({ name }) => name === layout)!;
  const whole = [{ offset: 0, bytes: frame.sizeBytes }];
  const fields = frame.memcgId === undefined ? (["flags"] as const) : (["flags", "memcgId"] as const);
  return {
    whole: meanLines(frame.sizeBytes, whole),
    touched: meanLines(frame.sizeBytes, fieldRanges(frame, fields)),
  };
}

export function linesChart(layouts: Readonly<Record<string, string>>): Chart {
  const figures = Object.entries(layouts).flatMap(([layout, said]) => {
    const { whole, touched } = linesOf(layout);
    const fields =
      FRAME_LAYOUTS.find(({ name }) => name === layout)!.memcgId === undefined ? "flags" : "flags and owner";
    return [counted(`${said}: all of it`, whole), counted(`${said}: ${fields}`, touched)];
  });
  return amounts("Lines of 64 bytes that a descriptor lies on, on average", "lines", "descriptor", figures);
}
