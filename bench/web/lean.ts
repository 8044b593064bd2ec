/**
 * lean: the numbers of linear memory in the place of their names, as a compiler of enums would: Op.CHARGE ──► (2).
 *
 * The tables of names go from the page's scripts where nobody asks for them whole.  It works on text, before the minifier: a name
 * in `RECORDS` is not used for anything else in a file that imports it.  What the bundler has minified goes through terser once
 * more, which packs 3 KB closer.
 */
import { fileURLToPath } from "node:url";
import { minify } from "terser";
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
      if (!/\.(ts|mjs)(\?|$)/.test(id) || id === `${SOURCE}abi.ts` || id === `${SOURCE}capture/records.ts`)
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

/** Not what makes the shortest text but what packs best: conditions and statements stay as they are written elsewhere too. */
const COMPRESS = { passes: 3, ecma: 2020, lhs_constants: false, sequences: false } as const;

/** As a plugin, not as Vite's `minify`: for modules that keeps the spaces. */
export function minifiedAgain(): Plugin {
  return {
    name: "minified-again",
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const { code } = await minify(chunk.code, { module: true, compress: COMPRESS });
        if (code !== undefined) chunk.code = code;
      }
    },
  };
}
