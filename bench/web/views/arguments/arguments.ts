/**
 * arguments: the view of what was claimed and of what is measured.  Its code is loaded when it is first looked at.
 */
import type { View } from "../../app/context.js";

export const argumentsView: View = (root, context) => {
  root.dataset.state = "loading";
  const line = document.createElement("p");
  line.className = "quiet";
  line.textContent = "Loading the arguments";
  root.append(line);
  import("./page.js").then(
    ({ argumentsPage }) => {
      if (context.signal.aborted) return;
      root.replaceChildren();
      argumentsPage(root, context);
      root.dataset.state = "ready";
    },
    () => {
      if (context.signal.aborted) return;
      root.dataset.state = "failed";
      line.textContent = "This part of the page could not be loaded. Load the page again.";
    },
  );
  context.signal.addEventListener("abort", () => delete root.dataset.state);
};
