/**
 * lookup-choices: what is chosen at first, and what the address asks for.
 *
 *   #/arguments?suites=lookup,charge&designs=in-page,radix&patterns=uniform&frames=16,20&effort=quick&keys=14&rounds=6&sample=1
 *
 * `frames` and `keys` are powers of two, `sample` is in milliseconds.  What is out of bounds or unknown is left out.
 */
import type { LookupRequest, Suite } from "./bench-protocol.js";
import {
  DESIGN_NAMES,
  EFFORTS,
  type EffortName,
  FRAME_POWER_MAX,
  FRAME_POWER_MIN,
  FRAME_POWERS,
  PATTERN_CHOICES,
  SUITE_NAMES,
} from "./lookup-plan.js";

export interface LookupChoices {
  readonly suites: readonly Suite[];
  readonly designs: readonly string[];
  readonly patterns: readonly string[];
  readonly powers: readonly number[];
  readonly effort: EffortName;
  /** Takes the place of what the effort says. */
  readonly own: Partial<Pick<LookupRequest, "keys" | "rounds" | "sampleMs">>;
}

const AT_FIRST: LookupChoices = {
  suites: ["lookup"],
  designs: ["in-page", "radix", "xarray", "palette"],
  patterns: ["sequential", "uniform", "zipf"],
  powers: [16, 20],
  effort: "quick",
  own: {},
};

export function choicesOf(query: URLSearchParams): LookupChoices {
  const words = (key: string) => query.get(key)?.split(",") ?? [];
  const known = <T extends string>(key: string, all: readonly T[]) => {
    const found = all.filter((name) => words(key).includes(name));
    return found.length > 0 ? found : undefined;
  };
  const powers = [...new Set(words("frames").map(Number))]
    .filter((power) => Number.isInteger(power) && power >= FRAME_POWER_MIN && power <= FRAME_POWER_MAX)
    .sort((a, b) => a - b);
  const keys = numberOf(query, "keys", 8, 22);
  const rounds = numberOf(query, "rounds", 6, 99);
  const sampleMs = numberOf(query, "sample", 0.1, 1000);
  return {
    suites: known("suites", SUITE_NAMES) ?? AT_FIRST.suites,
    designs: known("designs", DESIGN_NAMES) ?? AT_FIRST.designs,
    patterns:
      known(
        "patterns",
        PATTERN_CHOICES.map(({ name }) => name),
      ) ?? AT_FIRST.patterns,
    powers: powers.length > 0 ? powers : AT_FIRST.powers,
    effort: query.get("effort") === "full" ? "full" : AT_FIRST.effort,
    own: {
      ...(keys === undefined ? {} : { keys: 2 ** Math.floor(keys) }),
      ...(rounds === undefined ? {} : { rounds: Math.floor(rounds) }),
      ...(sampleMs === undefined ? {} : { sampleMs }),
    },
  };
}

function numberOf(query: URLSearchParams, key: string, from: number, to: number): number | undefined {
  const value = Number(query.get(key) ?? Number.NaN);
  return value >= from && value <= to ? value : undefined;
}

/** Powers that are offered: the usual ones and those that were asked for. */
export function powersOffered({ powers }: LookupChoices): number[] {
  return [...new Set([...FRAME_POWERS, ...powers])].sort((a, b) => a - b);
}

export function requestOf({ suites, designs, patterns, powers, effort, own }: LookupChoices): LookupRequest {
  return { suites, designs, patterns, frames: powers.map((power) => 2 ** power), ...EFFORTS[effort], ...own };
}
