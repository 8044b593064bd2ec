/**
 * contenders: one question, several who answer it: the modules of the designs, and their twins in plain JavaScript.
 *
 *   owner map ──► every ledger is filled from it, every twin made of it, every answer held against it before anything is timed
 *
 * A batch is cut into calls of CALL keys for all of them: what begins in the engine's first compiler is replaced between two
 * calls, never within one.
 */
import { Op, PageType, TRANSFER_BYTES } from "../../../src/abi.js";
import { Core, OP_WORDS } from "../../../src/core/core.js";
import { ChecksumError, type Competitor, rotate } from "../../../src/measure/index.js";
import { mapLookup, mapOf } from "../../twins/map.mjs";
import { typedArrayTwins } from "../../twins/typed-arrays.mjs";
import type { Answerer, LookupRequest } from "../views/arguments/bench-protocol.js";

export const CONTAINERS = 64;
const BATCH = 16384;
/** Bytes of the transfer buffer for a key: its number, and its flags and owner. */
const KEY_BYTES = 8;
const CALL = 65536;
/** A prime: looking at each answer would cost as much as a fast lookup. */
const CHECK_STRIDE = 509;

/** Who answers a batch of lookups. */
export interface Contender {
  readonly design: string;
  readonly by: Answerer;
  readonly bytesPerPage: number | null;
  /** Takes the pfns of the batches that follow. */
  place(pfns: Uint32Array): void;
  ask(): void;
  answers(): Uint16Array;
}

/** A ledger of one design with a page charged for each owned frame.  Throws LedgerError, RangeError. */
export function wasmContender(
  design: string,
  module: WebAssembly.Module,
  owners: Uint16Array,
  keys: number,
): Contender {
  const core = new Core(module, {
    nrFrames: owners.length,
    maxContainers: CONTAINERS + 1,
    maxPids: 2,
    transferBytes: Math.max(TRANSFER_BYTES, keys * KEY_BYTES),
  });
  for (let id = 1; id <= CONTAINERS; id++) core.runOne(Op.CONTAINER_CREATE, id, 0xffffffff);
  fill(core, owners);
  let count = 0;
  return {
    design,
    by: "wasm",
    bytesPerPage: core.usedIndexBytes() / owners.length,
    place(pfns) {
      count = pfns.length;
      core.placePfns(pfns);
    },
    ask() {
      for (let first = 0; first < count; first += CALL)
        core.lookupPlaced(first, Math.min(CALL, count - first));
    },
    answers: () => core.ownersPlaced(0, count),
  };
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

type LookupOf = (pfns: Uint32Array, out: Uint16Array) => () => void;

/** The twin of a design in typed arrays; undefined where it has none. */
export function typedArrayContender(design: string, owners: Uint16Array): Contender | undefined {
  const twin = (typedArrayTwins as Readonly<Record<string, (owners: Uint16Array) => LookupOf>>)[design];
  return twin && scriptContender(design, "typed arrays", twin(owners));
}

/** What one writes first; undefined where a Map cannot hold them. */
export function mapContender(owners: Uint16Array): Contender | undefined {
  const map = mapOf(owners);
  return map && scriptContender("", "Map", (pfns, out) => mapLookup(map, pfns, out));
}

function scriptContender(design: string, by: Answerer, lookupOf: LookupOf): Contender {
  let out = new Uint16Array(0);
  let calls: (() => void)[] = [];
  return {
    design,
    by,
    bytesPerPage: null,
    place(pfns) {
      out = new Uint16Array(pfns.length);
      calls = [];
      for (let first = 0; first < pfns.length; first += CALL)
        calls.push(lookupOf(pfns.subarray(first, first + CALL), out.subarray(first, first + CALL)));
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

/** Holds every answer against the owner map, then lets those who were right take turns. */
export function takeTurns(
  contenders: readonly Contender[],
  owners: Uint16Array,
  pfns: Uint32Array,
  { rounds, sampleMs }: Pick<LookupRequest, "rounds" | "sampleMs">,
): Turns {
  const wrong: { contender: Contender; reason: string }[] = [];
  let right: Contender[] = [];
  for (const contender of contenders) {
    const reason = firstMistake(contender, owners, pfns);
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
      const estimates = rotate(competitors, { items: pfns.length, rounds, minSampleMs: sampleMs });
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
function firstMistake(contender: Contender, owners: Uint16Array, pfns: Uint32Array): string | undefined {
  contender.place(pfns);
  contender.ask();
  const answers = contender.answers();
  for (let i = 0; i < pfns.length; i++) {
    const pfn = pfns[i]!;
    if (answers[i] !== owners[pfn])
      return `wrong answer: frame ${pfn} is owned by container ${owners[pfn]}, it says ${answers[i]}`;
  }
  return undefined;
}

function checksum(answers: Uint16Array): number {
  let sum = answers.length;
  for (let i = 0; i < answers.length; i += CHECK_STRIDE) sum = (Math.imul(sum, 31) + answers[i]!) | 0;
  return sum;
}
