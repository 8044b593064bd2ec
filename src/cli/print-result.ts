/** print-result: a verified capture on stdout, for a person. */
import type { Verification } from "../capture/verification.js";
import type { DesignInfo } from "../designs.js";
import { reportGroups } from "../report/build-report.js";
import { captureLine, containerTree, designTable, verdictLines } from "../report/text.js";
import { paintFor } from "./terminal.js";

export function printResult(
  verification: Verification,
  designs: readonly DesignInfo[],
  show: { readonly containers: boolean },
): void {
  const { result } = verification;
  const groups = reportGroups(verification);
  const paint = paintFor(process.stdout);
  const lines = [
    captureLine(result, groups),
    "",
    ...(show.containers ? [...containerTree(result, groups, paint), ""] : []),
    ...designTable(result, designs, paint),
    "",
    ...verdictLines(result, paint),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}
