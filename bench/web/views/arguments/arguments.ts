import type { View } from "../../app/context.js";

export const argumentsView: View = (root) => {
  root.append(document.createElement("p"));
};
