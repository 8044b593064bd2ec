import type { View } from "../../app/context.js";

export const composerView: View = (root) => {
  root.append(document.createElement("p"));
};
