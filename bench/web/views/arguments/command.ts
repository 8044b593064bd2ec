/**
 * command: the command line that measures a claim again, on the same history where a command can have it.
 */
import type { ClaimId } from "../../../../src/argue/claims.js";
import type { LabSource } from "../../../../src/lab/protocol.js";

/** Where the committed captures lie in the repository. */
const BUILT_IN = "test/data/captures";

export function commandFor(
  claim: ClaimId | undefined,
  isQuick: boolean,
  source: LabSource | undefined,
): string {
  const words = ["npx pageledger argue"];
  if (source?.kind === "remote") words.push(quoted(`${BUILT_IN}/${source.name}`));
  else if (source?.kind === "files") words.push(quoted(source.name.replace(/\.zip$/, "")));
  if (isQuick) words.push("--quick");
  if (claim !== undefined) words.push("--only", claim);
  // The command has no composer: it measures on a history of its own.
  if (source?.kind === "generated") words.push(" # on its own generated machine");
  return words.join(" ");
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
