/** verify: replays a capture and proves each design against the kernel's counts. */
import type { Command } from "commander";
import { EXIT_CODE } from "../capture/verdict.js";
import { selectDesigns } from "../node/modules.js";
import { DESIGN_HELP } from "./design-help.js";
import { printResult } from "./print-result.js";
import { runVerification } from "./run-verification.js";

interface VerifyFlags {
  readonly design: string;
  readonly json?: true;
  readonly html?: string;
}

export function addVerify(program: Command): void {
  program
    .command("verify")
    .description("replay a capture and compare every frame and counter with the kernel's own")
    .argument("<dir>", "folder with trace.txt.gz, groups.tsv, memory.stat.tsv and frames.tsv.gz")
    .option("--design <names>", "owner designs, with commas between, or all", "all")
    .option("--json", "print the result as JSON")
    .option("--html <file>", "also write a report with pictures: one file, works offline")
    .addHelpText(
      "after",
      `${DESIGN_HELP}\nExample:\n  $ pageledger verify test/data/captures/nested --design radix --json`,
    )
    .action(async (dir: string, flags: VerifyFlags) => {
      const designs = selectDesigns(flags.design);
      const command = `pageledger verify ${dir} --design ${flags.design} --html ${flags.html}`;
      const verification = await runVerification({ path: dir, designs, html: flags.html, command });
      const { result } = verification;
      // Before anything is written: a reader that closes the pipe early does not change the verdict.
      process.exitCode = EXIT_CODE[result.verdict];
      if (flags.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      else {
        printResult(verification, designs, { containers: true });
      }
    });
}
