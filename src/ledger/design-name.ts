/**
 * design-name: what a module's design number stands for.
 */
import { Design } from "../abi.js";

const DESIGN_NAME = new Map<number, string>(
  Object.entries(Design).map(([name, id]) => [id, name.toLowerCase().replaceAll("_", "-")]),
);

/** Name of an owner design by its id. */
export function designName(id: number): string {
  return DESIGN_NAME.get(id) ?? `design ${id}`;
}
