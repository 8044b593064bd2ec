/**
 * limits: what a trace, which is untrusted input, may ask for at most.
 *
 * Each bound keeps memory finite whatever the file says; a line that would go beyond one is refused with its number.
 */

/** Container ids of a ledger end below it: 16 bits, 0 is "no owner", the highest value is none. */
export const MAX_CONTAINERS = 65535;
/** PID_MAX_LIMIT of a 64-bit kernel. */
export const MAX_PIDS = 4 * 1024 * 1024;
/** CPUs whose last memcg event is remembered (NR_CPUS of the largest distribution kernels). */
export const MAX_CPUS = 8192;
/** Disagreements, refusals and the like are counted without bound, but only so many are listed. */
export const LISTED_MAX = 100;
/** Frames one ledger can hold beside its index in 4 GiB of linear memory. */
export const MAX_FRAMES = 2 ** 26 + 2 ** 25;
