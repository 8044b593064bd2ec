#!/usr/bin/env node
/**
 * main: the command `pageledger`.
 *
 * stdout is for data, stderr for progress and errors.  Exit codes: 0 exact (or done), 1 usage or input error,
 * 3 bounded or incomplete, 4 wrong.
 */
import { Command, CommanderError } from "commander";
import { CaptureError } from "../capture/errors.js";
import { EXIT_USAGE } from "../capture/verdict.js";
import { LedgerError } from "../core/errors.js";
import { LabServerError } from "../node/lab-files.js";
import { UnknownDesignError } from "../node/modules.js";
import { PACKAGE_VERSION } from "../node/version.js";
import { addArgue } from "./argue.js";
import { addCompare } from "./compare.js";
import { UsageError } from "./errors.js";
import { addGenerate } from "./generate.js";
import { addLab } from "./lab.js";
import { addReplay } from "./replay.js";
import { addVerify } from "./verify.js";

const program = new Command("pageledger")
  .description(
    "Whose page is it?  Replays captures of real kernels under every design for keeping a page's owner, proves each frame, and measures what was claimed about the designs.",
  )
  .version(PACKAGE_VERSION)
  .showHelpAfterError("(see pageledger --help)")
  .exitOverride();

addVerify(program);
addReplay(program);
addCompare(program);
addArgue(program);
addGenerate(program);
addLab(program);
for (const command of program.commands) command.exitOverride();
program.addHelpText(
  "after",
  `
Exit codes: 0 exact or done, 1 usage or input error, 3 bounded or incomplete, 4 wrong

Example:
  $ pageledger verify test/data/captures/nested                    whose page is it, by every design
  $ pageledger compare test/data/captures/nested --html out.html   the designs side by side
  $ pageledger argue --quick                                       what was claimed, in seconds
  $ pageledger generate tenants -o t.txt.gz                        a made-up history
  $ pageledger replay t.txt.gz --every 100000                      and its containers over time
  $ pageledger lab test/data/captures/nested                       all of it, in a browser

A capture comes with a clone of the package; pageledger COMMAND --help says more about each.`,
);

// A reader that has seen enough (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`pageledger: stdout cannot be written (${error.code})\n`);
  process.exit(EXIT_USAGE);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  else if (isExpected(error)) {
    process.stderr.write(`pageledger: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  } else throw error;
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof CaptureError ||
    error instanceof UsageError ||
    error instanceof UnknownDesignError ||
    error instanceof LabServerError ||
    error instanceof LedgerError
  );
}
