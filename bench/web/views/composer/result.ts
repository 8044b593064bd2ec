/** result: what became of the history that was run: how far it is, what was refused, where to look at it. */
import { el } from "../../app/dom.js";
import type { LabModel } from "../../app/lab-model.js";
import { memory, number } from "./fields.js";

export function result(model: LabModel, signal: AbortSignal): HTMLElement {
  const root = el("div", { class: "result", role: "status", id: "composer-result" });
  const draw = () => {
    const { state, request } = model;
    const isOurs = request?.source.kind === "generated";
    root.dataset.state = isOurs ? state.is : "idle";
    root.replaceChildren(...(isOurs ? contentOf(model) : []));
  };
  model.on("state", draw, signal);
  draw();
  return root;
}

function contentOf(model: LabModel): HTMLElement[] {
  const { state, moment } = model;
  switch (state.is) {
    case "idle":
      return [];
    case "loading": {
      const { what, share, events } = state.progress;
      const part = share === undefined ? "" : `, ${Math.floor(100 * share)} %`;
      return [el("p", {}, `${what}${part}, ${number(events)} operations`)];
    }
    case "failed":
      return [el("p", { class: "fault" }, `${state.fault.reason}; ${state.fault.remedy}.`)];
    case "ready": {
      const { opened } = state;
      const owned = moment?.ownedFrames ?? 0;
      return [
        el(
          "p",
          {},
          `${number(opened.events)} operations are run. At the end ${number(owned)} of ${number(opened.nrFrames)} frames have an owner, ${memory(owned)}.`,
        ),
        el(
          "p",
          { class: "row" },
          el("a", { class: "go", href: "#/replay" }, "See its containers over time"),
          el("a", { class: "go", href: "#/map" }, "See its frames on the map"),
        ),
      ];
    }
  }
}
