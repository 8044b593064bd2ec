/**
 * lab-drop: what a visitor of the laboratory does with files, and what the page says then.
 */
import type { Page } from "playwright-core";

/** Drops files and folders of this machine on the page, as the file manager does. */
export async function dropPaths(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: 200, y: 300, data });
  await session.detach();
}

export type MachineState = "idle" | "loading" | "ready" | "failed";

export async function machineIs(page: Page, state: MachineState): Promise<void> {
  await page.locator(`#machine[data-state="${state}"]`).waitFor({ state: "attached" });
}

/** Opens a capture that comes with the page, from the replay view. */
export async function openBuiltIn(page: Page, name: string): Promise<void> {
  await page.locator(`#view [data-capture="${name}"]`).click();
  await machineIs(page, "ready");
}

/** Goes to an event, and waits until the page is there. */
export async function goTo(page: Page, event: number): Promise<void> {
  await page.locator(".slider .event-at").fill(String(event));
  await page.keyboard.press("Enter");
  await page.locator(`.slider[data-event="${event}"]`).waitFor();
}

/** The number between the other characters of a text. */
export function numberOf(text: string | null): number {
  return Number((text ?? "").replace(/[^\d.-]/g, ""));
}
