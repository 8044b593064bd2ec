import type { View } from "../../app/context.js";

export const replayView: View = (root) => {
  root.append(document.createElement("p"));
};
