import type { View } from "../../app/context.js";

export const mapView: View = (root) => {
  root.append(document.createElement("p"));
};
