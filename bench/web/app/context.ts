/**
 * context: what every view is given, and what it gives back.
 */
import type { LabModel } from "./lab-model.js";

export interface ViewContext {
  readonly model: LabModel;
  /** Parameters behind the view's name in the address: #/composer?workload=tenants. */
  readonly query: URLSearchParams;
  /** Ends when another view is shown: listeners registered with it go away. */
  readonly signal: AbortSignal;
}

/** Draws a view into `root`, which is empty.  Never blocks for more than 50 ms. */
export type View = (root: HTMLElement, context: ViewContext) => void;
