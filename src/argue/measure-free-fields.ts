/**
 * measure-free-fields: claims `free-fields` and `object-owner`: no byte for the owner in any page.
 *
 *   overlay   the owner in a field that the page's type leaves free; it moves when the type changes
 *   object    the owner of the page's anon_vma or mapping; kernel pages elsewhere
 */
import { casesOf } from "./cases.js";
import { amounts, bytesChart, ratioChart } from "./charts.js";
import { counted, type Finding, type Judgement } from "./finding.js";
import { ALMOST_NOTHING, bytesText, percentText, type Ratio, sideOf, sidesText } from "./judge.js";
import type { IndexBytes, Laboratory } from "./laboratory.js";
import type { MachineState } from "./machine.js";

type Bytes = Pick<IndexBytes, "end" | "full"> | undefined;

/** Shares of the charged pages by type. */
export function shares({ byType }: Pick<MachineState, "byType">) {
  const total = Math.max(1, byType.anon + byType.file + byType.shmem + byType.kernel);
  const share = (pages: number) => pages / total;
  return {
    anon: share(byType.anon),
    file: share(byType.file),
    shmem: share(byType.shmem),
    kernel: share(byType.kernel),
  };
}

/** Types for which the thread named a free field without being contradicted there: anonymous pages (index). */
export function judgeFreeFields(overlay: Bytes, ratios: readonly Ratio[], anonShare: number): Judgement {
  const types = `Anonymous pages, for which a field was named and not disputed in the thread, are ${percentText(anonShare)} of the charged pages here; the others need the separate structure of the proposal`;
  if (overlay === undefined || ratios.length === 0)
    return { verdict: "not decided", reason: `Not measured: design overlay is not built. ${types}.` };
  const isFree = overlay.end === 0 && overlay.full === 0;
  const memory = `In our page frames, where each type does leave a field, the owner takes ${bytesText(overlay.end)} bytes per page`;
  const time = `Time against a field of its own, ${sidesText(ratios, ALMOST_NOTHING)}`;
  if (!isFree) return { verdict: "does not hold", reason: `${memory}. ${time}. ${types}.` };
  const isCheap = ratios.every((each) => sideOf(each, ALMOST_NOTHING) === "below");
  const isDear = ratios.some((each) => sideOf(each, ALMOST_NOTHING) === "above");
  if (isCheap && anonShare === 1) return { verdict: "holds", reason: `${memory}. ${time}. ${types}.` };
  const price = isDear
    ? "Memory is saved and time is paid for it"
    : isCheap
      ? "Memory is saved without a price in time"
      : "Memory is saved; whether time is paid for it stays open";
  return { verdict: "holds in part", reason: `${price}. ${memory}. ${time}. ${types}.` };
}

export function judgeObjectOwner(
  object: Bytes,
  inPage: Bytes,
  ratios: readonly Ratio[],
  kernelShare: number,
): Judgement {
  const kernel = `${percentText(kernelShare)} of the charged pages here are kernel pages, which have neither anon_vma nor mapping`;
  if (object === undefined || inPage === undefined || ratios.length === 0)
    return { verdict: "not decided", reason: `Not measured: design object is not built. ${kernel}.` };
  const memory = `Owners of objects and the place for all other pages take ${bytesText(object.end)} bytes per page at the machine's end, ${bytesText(object.full)} with every page owned; a field in the page ${bytesText(inPage.end)}`;
  const time = `Time against a field in the page, ${sidesText(ratios, ALMOST_NOTHING)}`;
  if (object.end >= inPage.end)
    return { verdict: "does not hold", reason: `${memory}: nothing is saved. ${time}. ${kernel}.` };
  const isCheap = ratios.every((each) => sideOf(each, ALMOST_NOTHING) === "below");
  const isDear = ratios.some((each) => sideOf(each, ALMOST_NOTHING) === "above");
  const price = isCheap
    ? "Memory is saved without a price in time"
    : isDear
      ? "Memory is saved and time is paid for it"
      : "Memory is saved; whether time is paid for it stays open";
  return {
    verdict: isCheap ? "holds" : "holds in part",
    reason: `${price}. ${memory}. ${time}. ${kernel}.`,
  };
}

function typesChart(state: MachineState) {
  const { anon, file, shmem, kernel } = shares(state);
  return amounts("Charged pages by type, on average over the history", "% of charged pages", "type", [
    counted("anonymous", 100 * anon),
    counted("file", 100 * file),
    counted("shared memory", 100 * shmem),
    counted("kernel", 100 * kernel),
  ]);
}

async function finding(
  lab: Laboratory,
  design: string,
  ratios: readonly Ratio[],
): Promise<Pick<Finding, "charts">> {
  const bytes = await lab.indexBytes();
  const limit = { value: ALMOST_NOTHING, label: "almost nothing: 1.05" };
  const title = `Time with ${design} to time with the owner in a field of its own`;
  return {
    charts: [
      ...ratioChart(title, "case", ratios, limit),
      typesChart(await lab.state()),
      bytesChart("Owner index at the machine's end", bytes, (each) => each.end, [
        "in-page",
        design,
        "column",
        "palette",
      ]),
    ],
  };
}

export async function measureFreeFields(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const ratios = await casesOf(lab, "overlay", "in-page", missing);
  const bytes = await lab.indexBytes();
  return {
    ...judgeFreeFields(bytes.get("overlay"), ratios, shares(await lab.state()).anon),
    rule: "Holds if the owner takes no byte of its own, costs less than 1.05 times the time of a field of its own in every case, and all charged pages are of a type for which a free field was named; holds in part if it takes no byte but one of the others fails or stays open; else it does not hold.",
    ...(await finding(lab, "overlay", ratios)),
    missing,
    notes: [
      "Which fields of struct page were free in 2006 is a matter of its source, not of these figures. The thread itself corrects the claim twice: mapping of anonymous pages holds their anon_vma, and the new slab allocator used every field. Since Linux 2.6.7 index of an anonymous page is its offset within the mapped range, which finding its mappers needs, so that index was not free either.",
      "Our frames have fewer fields than struct page; what is measured is the cost of looking at the type first and of moving the owner when the type changes.",
    ],
  };
}

export async function measureObjectOwner(lab: Laboratory): Promise<Finding> {
  const missing: string[] = [];
  const ratios = await casesOf(lab, "object", "in-page", missing);
  const bytes = await lab.indexBytes();
  return {
    ...judgeObjectOwner(bytes.get("object"), bytes.get("in-page"), ratios, shares(await lab.state()).kernel),
    rule: "Holds if the owners of objects, with the place for pages that have none, take fewer bytes than a field in the page at the machine's end, and each case takes less than 1.05 times the time; holds in part if it is so for memory only.",
    ...(await finding(lab, "object", ratios)),
    missing,
    notes: [
      "The operations name no anon_vma and no file, so objects are made from what is known: pages of one type and one owner. Whether real objects are shared by several owners, as an anon_vma is after a fork, this data does not say; where they are, a page's owner could not be told from its object.",
    ],
  };
}
