/** compare: the table of designs on one capture, and the page that shows it. */
import type { Command } from "commander";
import { EXIT_CODE } from "../capture/verdict.js";
import { selectDesigns } from "../node/modules.js";
import { DESIGN_HELP } from "./design-help.js";
import { printResult } from "./print-result.js";
import { runVerification } from "./run-verification.js";

interface CompareFlags {
  readonly designs: string;
  readonly html?: string;
  readonly json?: true;
}

export function addCompare(program: Command): void {
  program
    .command("compare")
    .description("show the owner designs side by side on a capture")
    .argument("<dir>", "folder of the capture")
    .option("--designs <names>", "owner designs, with commas between, or all", "all")
    .option("--html <file>", "write a page with pictures: one file, works offline")
    .option("--json", "print the table as JSON")
    .addHelpText(
      "after",
      `${DESIGN_HELP}\nExample:\n  $ pageledger compare test/data/captures/nested --designs radix,in-page --html report.html`,
    )
    .action(async (dir: string, flags: CompareFlags) => {
      const designs = selectDesigns(flags.designs);
      const command = `pageledger compare ${dir} --designs ${flags.designs} --html ${flags.html}`;
      const verification = await runVerification({ path: dir, designs, html: flags.html, command });
      const { result } = verification;
      // Before anything is written: a reader that closes the pipe early does not change the verdict.
      process.exitCode = EXIT_CODE[result.verdict];
      if (flags.json) {
        const { capture, events, verdict, because } = result;
        const rows = result.designs.map(({ design, frames, nsPerEvent, bytesPerPage }) => ({
          design,
          frames,
          nsPerEvent,
          bytesPerPage,
          shareOfMemory: bytesPerPage / 4096,
        }));
        process.stdout.write(
          `${JSON.stringify({ capture, events, verdict, because, designs: rows }, null, 2)}\n`,
        );
      } else {
        printResult(verification, designs, { containers: false });
      }
    });
}
