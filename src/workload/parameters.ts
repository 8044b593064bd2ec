/**
 * parameters: what a workload may be told, with units, defaults and bounds; and what is said when it is told nonsense.
 */
import type { ShapeProfile } from "./shape-profile.js";

/** A parameter that a workload cannot work with. */
export class WorkloadError extends Error {
  override readonly name = "WorkloadError";
  readonly reason: string;
  readonly remedy: string;
  constructor(workload: string, reason: string, remedy: string) {
    super(`${workload}: ${reason}; ${remedy}`);
    this.reason = reason;
    this.remedy = remedy;
  }
}

export interface ParameterSpec {
  readonly text: string;
  readonly unit: string;
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
  /** Fractions are taken. */
  readonly fraction?: true;
}

export type ParameterSpecs = { readonly [name: string]: ParameterSpec };

/** Values of a workload's own parameters, by name; what is left out has its default. */
export interface OwnParameters {
  readonly [name: string]: number | ShapeProfile | undefined;
}

/** One row of a registry: how a workload is called, what it does, what it can be told. */
export interface WorkloadInfo {
  readonly name: string;
  readonly text: string;
  readonly parameters: ParameterSpecs;
}

/** Frames that fit the largest ledger. */
export const FRAMES_MAX = 2 ** 28;
export const SEED_MAX = Number.MAX_SAFE_INTEGER;

/** The value of every own parameter: as told, or its default.  Throws WorkloadError. */
export function resolveOwn<S extends ParameterSpecs>(
  workload: string,
  specs: S,
  told: OwnParameters,
): { readonly [K in keyof S]: number } {
  const values: Record<string, number> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = told[name] ?? spec.fallback;
    values[name] = checked(workload, name, value, spec);
  }
  return values as { readonly [K in keyof S]: number };
}

/** Refuses what is no number within the bounds of its parameter. */
export function checked(
  workload: string,
  name: string,
  value: unknown,
  spec: Pick<ParameterSpec, "min" | "max" | "fraction" | "unit">,
): number {
  const whole = spec.fraction === undefined;
  const fits = typeof value === "number" && value >= spec.min && value <= spec.max;
  if (!fits || (whole && !Number.isSafeInteger(value)))
    throw new WorkloadError(
      workload,
      `${name} cannot be ${typeof value === "number" ? value : `"${String(value)}"`}`,
      `give a ${whole ? "whole number" : "number"} from ${spec.min} to ${spec.max} (${spec.unit})`,
    );
  return value;
}

export function checkFrames(workload: string, nrFrames: number, min = 1): void {
  checked(workload, "nrFrames", nrFrames, { min, max: FRAMES_MAX, unit: "frames" });
}

export function checkSeed(workload: string, seed: number): void {
  checked(workload, "seed", seed, { min: 0, max: SEED_MAX, unit: "seed" });
}
