// layouts: a real capture on the page descriptors of other kernels, held against the kernel's own counts.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { verifyCapture } from "../../src/capture/verification.js";
import { LAYOUT_MODULES } from "../../src/designs.js";
import { openCapture } from "../../src/node/capture-folder.js";
import { loadLayout, UnknownLayoutError } from "../../src/node/modules.js";
import { scanner } from "./scanning.js";

test("large folios, under every layout", async () => {
  const files = await openCapture(fileURLToPath(new URL("../data/captures/huge", import.meta.url)));
  const designs = await Promise.all(
    LAYOUT_MODULES.map(async ({ layout, design }) => ({
      name: `${layout} with ${design}`,
      module: await loadLayout(layout, design),
    })),
  );
  const { result } = await verifyCapture(files, { scanner, designs });
  expect(result.verdict, result.because.join("; ")).toBe("exact");
  for (const { design, frames, auditDifferences } of result.designs) {
    expect(auditDifferences, design).toBe(0);
    expect({ same: frames.same, missing: frames.missing, extra: frames.extra }, design).toEqual({
      same: frames.steady,
      missing: 0,
      extra: 0,
    });
    expect(frames.steady, design).toBeGreaterThan(1000);
  }
  expect(result.designs.map(({ design }) => design)).toEqual(designs.map(({ name }) => name));
});

test("a layout with a design that it is not built with is refused by name", async () => {
  await expect(loadLayout("linux-2006", "in-page")).rejects.toThrow(UnknownLayoutError);
  await expect(loadLayout("linux-1996", "column")).rejects.toThrow(
    /choose from .*linux-2006-owner with in-page/,
  );
});
