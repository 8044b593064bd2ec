// spawn: the built command line, run as a user runs it.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const MAIN = join(ROOT, "dist/cli/main.js");
export const CAPTURES = "test/data/captures";

if (!existsSync(MAIN)) throw new Error("dist/cli/main.js is missing: run `npm run build` before these tests");

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Close the reader's end of stdout after its first bytes. */
  readonly hangUp?: boolean;
}

/** Runs `pageledger` in the package's folder, its output piped. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: ROOT,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (options.hangUp) child.stdout.destroy();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** A folder that is gone when the file's tests are done. */
export function temporaryFolder(): {
  readonly path: string;
  write(name: string, text: string | Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), "pageledger-"));
  afterAll(() => rmSync(path, { recursive: true }));
  return {
    path,
    write(name, text) {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
  };
}
