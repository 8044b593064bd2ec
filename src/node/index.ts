/**
 * pageledger/node: what needs Node's file system.
 */
export { UnknownDesignError } from "./modules.js";
export { type OpenDesign, openLedger, restoreLedger } from "./open.js";
export { recoverOnExit } from "./recover-on-exit.js";
