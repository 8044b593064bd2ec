/** Before the first test: unpacks the browser, while no other process looks for it. */
import { chromiumPath } from "../../tools/chromium.mjs";

export async function setup(): Promise<void> {
  await chromiumPath();
}
