/**
 * contenders: one question, several who answer it: the modules of the designs, and their twins in plain JavaScript.  Who
 * charges is in charges.ts.
 *
 *   owner map ──► every ledger is filled from it, every twin made of it, every answer held against it before anything is timed
 *
 * A batch is cut into calls of CALL keys for all of them: what begins in the engine's first compiler is replaced between two
 * calls, never within one.
 */
import { FrameFlag, Op, PageType, TRANSFER_BYTES, TYPE_SHIFT } from "../../../src/abi.js";
import { Core, OP_WORDS } from "../../../src/core/core.js";
import { ChecksumError, type Competitor, rotate, type Sampler } from "../../../src/measure/index.js";
import { mapLookup, mapOf } from "../../twins/map.mjs";
import { objectsFrames, objectsOf } from "../../twins/objects.mjs";
import { typedArrayTwins } from "../../twins/typed-arrays.mjs";
import type { Answerer, LookupRequest } from "../views/arguments/bench-protocol.js";

export const CONTAINERS = 64;
const BATCH = 16384;
/** Bytes of the transfer buffer for a key: its number, and its flags and owner. */
const KEY_BYTES = 8;
const CALL = 65536;
/** A prime: looking at each answer would cost as much as a fast lookup. */
const CHECK_STRIDE = 509;
/** Answers that are all looked at. */
const FEW = 1024;
/** Flags of an anonymous page that is charged and on no list. */
const OWNED = FrameFlag.ALLOCATED | FrameFlag.HEAD | FrameFlag.CHARGED | (PageType.ANON << TYPE_SHIFT);

type Answers = Uint16Array | Uint32Array;

export interface Who {
  readonly design: string;
  readonly by: Answerer;
  readonly bytesPerPage: number | null;
}

/** Who answers a batch. */
export interface Contender extends Who {
  /** Takes the pfns of the batches that follow. */
  place(pfns: Uint32Array): void;
  ask(): void;
  answers(): Answers;
}

/** A ledger of one design with a page charged for each owned frame.  Throws LedgerError, RangeError. */
export function openLedger(module: WebAssembly.Module, owners: Uint16Array, keys: number): Core {
  const core = new Core(module, {
    nrFrames: owners.length,
    maxContainers: CONTAINERS + 1,
    maxPids: 2,
    transferBytes: Math.max(TRANSFER_BYTES, keys * KEY_BYTES),
  });
  for (let id = 1; id <= CONTAINERS; id++) core.runOne(Op.CONTAINER_CREATE, id, 0xffffffff);
  fill(core, owners);
  return core;
}

/** Looks up owners, or owners and flags of frames. */
export function wasmContender(who: Who, core: Core, isFrame = false): Contender {
  let count = 0;
  return {
    ...who,
    place(pfns) {
      count = pfns.length;
      core.placePfns(pfns);
    },
    ask() {
      for (let first = 0; first < count; first += CALL) {
        const n = Math.min(CALL, count - first);
        if (isFrame) core.framesPlaced(first, n);
        else core.lookupPlaced(first, n);
      }
    },
    answers() {
      if (!isFrame) return core.ownersPlaced(0, count);
      const at = core.framesPlaced(0, 1).byteOffset >>> 2;
      return core.u32.subarray(at, at + count);
    },
  };
}

/** Counts the pages of each owner anew; `count` answers them by id. */
export function recountContender(who: Who, count: () => Uint32Array): Contender {
  let counts: Uint32Array = new Uint32Array(0);
  return {
    ...who,
    place() {},
    ask() {
      counts = count();
    },
    // Who owns nothing is not asked.
    answers: () => counts.subarray(1),
  };
}

/** Frames of each owner. */
export function histogramOf(owners: Uint16Array): Uint32Array {
  const counts = new Uint32Array(CONTAINERS + 1);
  for (let pfn = 0; pfn < owners.length; pfn++) counts[owners[pfn]!]!++;
  return counts;
}

function fill(core: Core, owners: Uint16Array): void {
  const words = new Uint32Array(OP_WORDS * BATCH);
  let ops = 0;
  const flush = () => {
    const { code } = core.execute(words, ops, true);
    if (code !== "OK") throw new Error(`a charge was refused: ${code}`);
    ops = 0;
  };
  for (let pfn = 0; pfn < owners.length; pfn++) {
    const id = owners[pfn]!;
    if (id === 0) continue;
    words[ops * OP_WORDS] = Op.ALLOC_CHARGE | (id << 16);
    words[ops * OP_WORDS + 1] = pfn;
    words[ops * OP_WORDS + 2] = PageType.ANON;
    if (++ops === BATCH) flush();
  }
  flush();
}

type LookupOf<T> = (pfns: Uint32Array, out: T) => () => void;

/** The twin of a design in typed arrays; undefined where it has none. */
export function typedArrayContender(design: string, owners: Uint16Array): Contender | undefined {
  const twin = (typedArrayTwins as Readonly<Record<string, (owners: Uint16Array) => LookupOf<Uint16Array>>>)[
    design
  ];
  return twin && scriptContender(design, "typed arrays", Uint16Array, twin(owners));
}

/** What one writes first; undefined where a Map cannot hold them. */
export function mapContender(owners: Uint16Array): Contender | undefined {
  const map = mapOf(owners);
  return map && scriptContender("", "Map", Uint16Array, (pfns, out) => mapLookup(map, pfns, out));
}

/** An object for each frame, with its flags. */
export function objectContender(owners: Uint16Array): Contender {
  const frames = objectsOf(owners, OWNED);
  return scriptContender("", "objects", Uint32Array, (pfns, out) => objectsFrames(frames, pfns, out));
}

/** What a lookup is to answer. */
export function ownersExpected(owners: Uint16Array, pfns: Uint32Array): Uint16Array {
  return Uint16Array.from(pfns, (pfn) => owners[pfn]!);
}

/** The same with the flags of the frames, all of which have an owner. */
export function framesExpected(owners: Uint16Array, pfns: Uint32Array): Uint32Array {
  return pfns.map((pfn) => OWNED | (owners[pfn]! << 16));
}

function scriptContender<T extends Answers>(
  design: string,
  by: Answerer,
  Out: new (length: number) => T,
  lookupOf: LookupOf<T>,
): Contender {
  let out = new Out(0);
  let calls: (() => void)[] = [];
  return {
    design,
    by,
    bytesPerPage: null,
    place(pfns) {
      out = new Out(pfns.length);
      calls = [];
      for (let first = 0; first < pfns.length; first += CALL)
        calls.push(lookupOf(pfns.subarray(first, first + CALL), out.subarray(first, first + CALL) as T));
    },
    ask() {
      for (const call of calls) call();
    },
    answers: () => out,
  };
}

/** Times of those who answered rightly, and what the others said. */
export interface Turns {
  readonly timed: readonly { readonly contender: Contender; readonly samplesNs: readonly number[] }[];
  readonly wrong: readonly { readonly contender: Contender; readonly reason: string }[];
}

/** Holds every answer against those expected, then lets those who were right take turns.  `items` in a batch. */
export function takeTurns(
  contenders: readonly Contender[],
  expected: Answers,
  pfns: Uint32Array,
  { rounds, sampleMs }: Pick<LookupRequest, "rounds" | "sampleMs">,
  items = pfns.length,
  sampler?: Sampler,
): Turns {
  const wrong: { contender: Contender; reason: string }[] = [];
  let right: Contender[] = [];
  for (const contender of contenders) {
    const reason = firstMistake(contender, expected, pfns);
    if (reason === undefined) right.push(contender);
    else wrong.push({ contender, reason });
  }
  while (right.length > 0) {
    const competitors = right.map(
      (contender): Competitor => ({
        name: nameOf(contender),
        run() {
          contender.ask();
          return checksum(contender.answers());
        },
      }),
    );
    try {
      const options = { items, rounds, minSampleMs: sampleMs };
      const estimates = rotate(competitors, sampler === undefined ? options : { ...options, sampler });
      const timed = right.map((contender, i) => ({ contender, samplesNs: estimates[i]!.samplesNs }));
      return { timed, wrong };
    } catch (error) {
      // It was right once and is not any more: the others are measured without it.
      const failed =
        error instanceof ChecksumError && right.find((each) => nameOf(each) === error.competitor);
      if (!failed) throw error;
      wrong.push({ contender: failed, reason: "its answers changed while it was timed" });
      right = right.filter((each) => each !== failed);
    }
  }
  return { timed: [], wrong };
}

function nameOf({ design, by }: Contender): string {
  return `${design} ${by}`;
}

/** What is wrong with the answers, in words. */
function firstMistake(contender: Contender, expected: Answers, pfns: Uint32Array): string | undefined {
  contender.place(pfns);
  contender.ask();
  const answers = contender.answers();
  const at = expected.findIndex((answer, i) => answers[i] !== answer);
  return at < 0 ? undefined : `wrong answer: number ${at} is ${answers[at]}, not ${expected[at]}`;
}

function checksum(answers: Answers): number {
  let sum = answers.length;
  const stride = answers.length > FEW ? CHECK_STRIDE : 1;
  for (let i = 0; i < answers.length; i += stride) sum = (Math.imul(sum, 31) + answers[i]!) | 0;
  return sum;
}
