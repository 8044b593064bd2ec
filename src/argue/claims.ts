/**
 * claims: what was said in the threads, by whom, when, and about what, in our own words.
 *
 * A claim names one thing that can be held against figures.  Where a mail says two, there are two entries.  `thread` is the
 * subject of the mail or the place where the figure stands, so that a reader can look it up.
 */
export const CLAIM_IDS = [
  "pointer-share",
  "full-line",
  "line-misfit",
  "radix-isolates",
  "free-fields",
  "object-owner",
  "on-demand",
  "function-pointers",
  "flag-bit",
  "array-2008",
  "radix-2008",
] as const;
export type ClaimId = (typeof CLAIM_IDS)[number];

export interface Claim {
  readonly id: ClaimId;
  readonly title: string;
  readonly who: string;
  /** Day of the mail, with the time in UTC where several of one day matter. */
  readonly when: string;
  readonly thread: string;
  readonly claim: string;
}

const CONTAINERS = "Containers(V2), patch 02/05: Generic Linux kernel changes (linux-kernel)";
const MOVABLE = "PATCH 1/3: page: add new flags PG_movable and add interfaces to control these pages";
const YEAR_2008 =
  "Where page_cgroup should be kept, before Linux 2.6.28; handed down with the history of that change, its mails were not at hand";

export const CLAIMS: readonly Claim[] = [
  {
    id: "pointer-share",
    title: "A pointer in each page takes 0.2 % of all memory",
    who: "Andi Kleen",
    when: "20 September 2006, 18:33",
    thread: CONTAINERS,
    claim:
      "A container pointer in struct page takes 0.2 % of all memory, in every kernel that is built with it and whether or not containers are used; in his opinion too much.",
  },
  {
    id: "full-line",
    title: "A pointer that fills the cache line costs almost nothing",
    who: "Rohit Seth",
    when: "21 September 2006, 00:54 and 22:30",
    thread: CONTAINERS,
    claim:
      "On most machines struct page does not fill a cache line. There the pointer makes it 64 bytes, and with the better alignment its cost may be next to nothing.",
  },
  {
    id: "line-misfit",
    title: "A descriptor larger than a line, or misaligned to it, costs",
    who: "Christoph Lameter",
    when: "21 September 2006, 00:41",
    thread: CONTAINERS,
    claim: "A struct page that is larger than a cache line, or does not fit one exactly, has some costs.",
  },
  {
    id: "radix-isolates",
    title: "A radix tree isolates the overhead",
    who: "Christoph Lameter; Chandra Seetharaman",
    when: "21 September 2006, 00:23 and 01:33",
    thread: CONTAINERS,
    claim:
      "Instead of a pointer in each page, Lameter asked about a radix tree with pointers to the pages. Seetharaman agreed that this would isolate the overhead: we read it as paid by those who use containers only.",
  },
  {
    id: "free-fields",
    title: "A field that is free for the page's type can hold the owner",
    who: "Andi Kleen; against it Rohit Seth and Christoph Lameter",
    when: "20 September 2006, 11:27, 18:14 and 18:33",
    thread: CONTAINERS,
    claim:
      "struct page has fields that some types of page leave unused: first he named mapping for anonymous memory, then index, and one field of slab pages. They could hold the owner, with a separate structure for the other important types. Seth and Lameter answered that mapping holds the anon_vma, and Lameter that his new slab allocator uses all fields.",
  },
  {
    id: "object-owner",
    title: "User pages need no pointer: their anon_vma or mapping has an owner",
    who: "Rohit Seth",
    when: "21 September 2006, 22:30",
    thread: CONTAINERS,
    claim:
      "For user memory the pointer per page is easily avoided, since the anon_vma or the mapping of a page can hold it. Only kernel pages would need a place of their own.",
  },
  {
    id: "on-demand",
    title: "A structure allocated on demand is better than a field in each page",
    who: "Andi Kleen",
    when: "20 September 2006, 11:27",
    thread: CONTAINERS,
    claim:
      "The owner would better lie in another data structure that is allocated only on demand, so that nothing is carried where containers are not used.",
  },
  {
    id: "function-pointers",
    title: "Three function pointers per page are 24 bytes too many",
    who: "Vlastimil Babka",
    when: "8 October 2015",
    thread: MOVABLE,
    claim:
      "struct page has about 64 bytes and is packed with much effort. Three function pointers would add 24 bytes to each 4096 bytes of useful data, which cannot be accepted.",
  },
  {
    id: "flag-bit",
    title: "A page flag is a rare resource",
    who: "Vlastimil Babka",
    when: "8 October 2015",
    thread: MOVABLE,
    claim:
      "The space for page flags is scarce, so no new flag should be taken where it can be done otherwise.",
  },
  {
    id: "array-2008",
    title: "A preallocated array costs 7 % more than the pointer",
    who: "The page_cgroup discussion of 2008",
    when: "September 2008, for Linux 2.6.28",
    thread: YEAR_2008,
    claim:
      "With one record per page in an array that is allocated at boot, a benchmark ran about 7 % slower than with the pointer scheme of that time.",
  },
  {
    id: "radix-2008",
    title: "A radix tree costs 1.5 % more than the pointer",
    who: "Balbir Singh",
    when: "September 2008, for Linux 2.6.28",
    thread: YEAR_2008,
    claim:
      "With a radix tree per node and zone the same comparison showed about 1.5 %, perhaps noise: less than the array.",
  },
];
