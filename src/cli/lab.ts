/** lab: serves the laboratory to a browser on this machine, with a capture beside it. */
import { once } from "node:events";
import type { Command } from "commander";
import { serveLab } from "../node/lab-server.js";
import { UsageError } from "./errors.js";

interface LabFlags {
  readonly host: string;
  readonly port?: string;
}

const PORT_MAX = 65535;

export function addLab(program: Command): void {
  program
    .command("lab")
    .description("serve the laboratory: replay, map of frames, arguments and made-up histories in a browser")
    .argument("[dir]", "a capture that is opened at once: a folder as for verify, or a trace")
    .option("--port <n>", "port to listen at, 0 for any (default 8017, or the next one free)")
    .option("--host <address>", "address to listen at", "127.0.0.1")
    .addHelpText(
      "after",
      "\nPrints its address, and serves until it is interrupted.  The page and the capture are read by browsers that reach\n" +
        "that address, and by nobody else; nothing is uploaded.\n\nExample:\n  $ pageledger lab test/data/captures/nested",
    )
    .action(async (dir: string | undefined, flags: LabFlags) => {
      const server = await serveLab({ capture: dir, host: flags.host, port: portOf(flags.port) });
      process.stdout.write(`${server.origin}/\n`);
      if (server.capture !== undefined) process.stderr.write(`with the capture ${server.capture.name}; `);
      process.stderr.write("Ctrl-C ends it\n");
      if (!/^(127\.|localhost$|::1$)/.test(flags.host))
        process.stderr.write(
          "Browsers on other machines take a plain http address for insecure: the page there has a coarser clock and no shared memory.\n",
        );
      await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
      await server.close();
    });
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > PORT_MAX)
    throw new UsageError(`--port takes a whole number from 0 to ${PORT_MAX}, not "${text}"`);
  return port;
}
