// How the laboratory is built: static files in dist/lab that any web server can serve, from any folder of it.
import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { PAGE_POLICY } from "../../src/node/lab-headers.js";
import { fetchedBeside, lighterPreload, sharedPiece, workerInBundle } from "./chunks.js";
import { inlineConstants, minifiedAgain } from "./lean.js";
import { leanCharts } from "./lean-charts.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OUT = join(ROOT, "dist/lab");
const CAPTURES = join(ROOT, "test/data/captures");

/** Puts the engine's modules and the committed captures beside the page. */
function engine(): Plugin {
  let out = OUT;
  return {
    name: "engine",
    configResolved(config) {
      out = config.build.outDir;
    },
    closeBundle() {
      for (const folder of ["", "layout"]) {
        mkdirSync(join(out, "wasm", folder), { recursive: true });
        for (const name of readdirSync(join(ROOT, "build", folder)))
          if (name.endsWith(".wasm"))
            cpSync(join(ROOT, "build", folder, name), join(out, "wasm", folder, name));
      }
      const captures = readdirSync(CAPTURES).map((name) => {
        cpSync(join(CAPTURES, name), join(out, "captures", name), { recursive: true });
        const files = readdirSync(join(CAPTURES, name)).map((file) => ({
          name: file,
          bytes: statSync(join(CAPTURES, name, file)).size,
        }));
        return { name, files };
      });
      writeFileSync(join(out, "captures/index.json"), JSON.stringify(captures));
    },
  };
}

/** The policy in the page itself: it holds wherever the files are served from. */
function policy(): Plugin {
  return {
    name: "policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: PAGE_POLICY },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** No getter here does anything but answer. */
const TREESHAKE = { propertyReadSideEffects: false } as const;

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [
    workerInBundle(),
    lighterPreload(),
    leanCharts(),
    inlineConstants(),
    minifiedAgain(),
    engine(),
    policy(),
  ],
  resolve: {
    alias: { "@assemblyscript/loader": fileURLToPath(new URL("./loader.ts", import.meta.url)) },
  },
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    // Nested rules stay nested, which all browsers that share memory between workers by these headers have known since 2023.
    cssTarget: ["chrome120", "firefox117", "safari17.2"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false, resolveDependencies: fetchedBeside },
    rolldownOptions: {
      // Asked for in Node alone (src/measure/sampler.ts).
      external: ["benchmark"],
      treeshake: TREESHAKE,
      output: {
        codeSplitting: {
          groups: [
            {
              name: sharedPiece(),
              debugName: "shared",
              minShareCount: 2,
              includeDependenciesRecursively: false,
            },
          ],
        },
      },
    },
    reportCompressedSize: true,
  },
});
