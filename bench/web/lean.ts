/**
 * lean: what the build takes out of the page's scripts: nothing that runs, only what nobody asks for.
 *
 *   Op.CHARGE ──► (2)            numbers of the linear memory, as a compiler of enums would: the tables go when nobody asks for them whole
 *   uPlot       ──► stepped, linear   kinds of lines that no chart of the page draws are cut
 *
 * Both work on text, and the minifier goes over what they leave.  Names in `RECORDS` are not used for anything else in a
 * file that imports them.
 */
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import * as abi from "../../src/abi.js";
import * as records from "../../src/capture/records.js";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));
/** Modules of constants, by how imports of them end. */
const RECORDS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "abi.js": abi,
  "records.js": records,
};

export function inlineConstants(): Plugin {
  return {
    name: "inline-constants",
    transform(code, id) {
      if (!/\.ts(\?|$)/.test(id) || id === `${SOURCE}abi.ts` || id === `${SOURCE}capture/records.ts`)
        return null;
      const inlined = inline(code);
      return inlined === code ? null : { code: inlined, map: null };
    },
  };
}

/** `Record.KEY` as its number, wherever Record is imported from a module of constants. */
export function inline(code: string): string {
  let text = code;
  for (const [, names, file] of code.matchAll(
    /import\s*\{([^}]*)\}\s*from\s*["'][^"']*\/(abi\.js|records\.js)["']/g,
  ))
    for (const each of names!.split(",")) {
      const [, name, alias = name] = /^\s*(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(each) ?? [];
      const table = name === undefined ? undefined : RECORDS[file!]![name];
      if (typeof table !== "object" || table === null) continue;
      text = text.replace(new RegExp(`(?<![.\\w$])${alias}\\.(\\w+)`, "g"), (whole, key: string) => {
        const value: unknown = Object.hasOwn(table, key)
          ? (table as Record<string, unknown>)[key]
          : undefined;
        return typeof value === "number" ? `(${value})` : whole;
      });
    }
  return text;
}

/** Where uPlot lists the kinds of lines that it can draw; the page's charts are stepped. */
const PATHS = /\(paths\.(?:bars|spline)\s*=\s*\w+\);/g;

export function fewerPaths(): Plugin {
  return {
    name: "fewer-paths",
    transform(code, id) {
      if (!id.includes("uPlot.esm")) return null;
      const without = code.replace(PATHS, "");
      if (code.match(PATHS)?.length !== 2) this.error("uPlot lists its paths in another way");
      return { code: without, map: null };
    },
  };
}
