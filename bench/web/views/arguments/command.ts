/**
 * command: the command line that measures a claim again, on the same history where a command can have it.
 */
import type { ClaimId } from "../../../../src/argue/claims.js";
import type { LabSource } from "../../../../src/lab/protocol.js";
import { commandOf, fileNameOf } from "../composer/settings.js";

/** Where the committed captures lie in the repository. */
const BUILT_IN = "test/data/captures";

export function commandFor(
  claim: ClaimId | undefined,
  isQuick: boolean,
  source: LabSource | undefined,
): string {
  const flags = [...(isQuick ? ["--quick"] : []), ...(claim === undefined ? [] : ["--only", claim])];
  const argue = (...words: readonly string[]) => ["npx pageledger argue", ...words, ...flags].join(" ");
  if (source === undefined) return argue();
  if (source.kind === "generated")
    return `${commandOf(source.settings)} && ${argue(`./${fileNameOf(source.settings)}`)}`;
  if (source.kind === "remote" && source.isBuiltIn) return argue(quoted(`${BUILT_IN}/${source.name}`));
  // The page is told a name, never a path.
  const name = source.name.replace(/\.zip$/i, "");
  const unpacked = name === source.name ? "" : ", unpacked";
  return `${argue(quoted(`./${name}`))}  # from the folder that holds it${unpacked}`;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
