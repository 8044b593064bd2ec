/**
 * map: every page frame of the machine as a point, at the moment that the slider shows.
 *
 *   nothing open ─► says so        loading, failed ─► says so        ready ─► mounted.ts
 *
 * Address: #/map?by=lru&pfn=0x100383 opens it coloured by LRU list, at that frame; #/map?synthetic=24 draws 2^24 made-up
 * frames without a capture, to measure its speed.  data-state of the view: empty, loading, failed, no-webgl, ready.
 */

import { COLUMNS, type ColumnKind } from "../../../../src/lab/protocol.js";
import type { View } from "../../app/context.js";
import { el } from "../../app/dom.js";
import { type MountedMap, mountMap } from "./mounted.js";
import { type MapSource, sourceOf } from "./source.js";
import { SYNTHETIC_SHIFTS, syntheticSource } from "./synthetic.js";
import { parsePfn } from "./values.js";

export const mapView: View = (root, { model, query, signal }) => {
  const body = el("div", { class: "map" });
  root.append(el("h1", {}, "Map of frames"), body);
  let kind: ColumnKind = COLUMNS.find((each) => each === query.get("by")) ?? "owner";
  const pfn = parsePfn(query.get("pfn") ?? "");
  let mounted: MountedMap | undefined;
  let stop: AbortController | undefined;
  let shown: object | undefined;

  const say = (state: string, ...lines: (string | HTMLElement)[]) => {
    body.dataset.state = state;
    body.replaceChildren(...lines.map((line) => el("p", {}, line)));
  };
  const mount = async (source: MapSource, momentName: (event: number) => string) => {
    stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    const options = {
      kind,
      pfn: pfn !== undefined && pfn < source.nrFrames ? pfn : undefined,
      momentName,
      onKind: (chosen: ColumnKind) => {
        kind = chosen;
      },
    };
    const made = await mountMap(body, source, options, ends);
    if (ends.aborted) return;
    mounted = made;
    if (made !== undefined) body.dataset.state = "ready";
    else
      say(
        "no-webgl",
        "This browser gives no WebGL2, which draws the map.",
        "Remedy: switch hardware acceleration on in the browser's settings, or use a current Firefox, Chrome or Safari. The other views work without it.",
      );
  };
  const clear = () => {
    stop?.abort();
    stop = mounted = undefined;
    for (const name of Object.keys(body.dataset)) delete body.dataset[name];
  };

  const wanted = query.get("synthetic");
  if (wanted !== null) {
    const shift = Number(wanted);
    const { least, most } = SYNTHETIC_SHIFTS;
    if (Number.isInteger(shift) && shift >= least && shift <= most)
      void mount(syntheticSource(shift), () => "made up for a measurement");
    else
      say("failed", `synthetic=${wanted} is no size: give the logarithm of the frames, ${least} to ${most}.`);
    return;
  }

  const draw = () => {
    const { state } = model;
    if (state.is === "ready") {
      if (shown === state.opened) return;
      clear();
      shown = state.opened;
      void mount(sourceOf(model, state.opened), (event) => {
        const { moment } = model;
        const seconds = moment?.event === event ? `, ${moment.seconds.toFixed(3)} s` : "";
        return `after event ${event.toLocaleString("en")}${seconds}`;
      });
      return;
    }
    shown = undefined;
    if (mounted !== undefined || body.dataset.state !== state.is) clear();
    if (state.is === "idle")
      say(
        "empty",
        "Nothing is open. Open a capture above, or make a history of your own; the map shows who owns each of its page frames.",
        el("a", { href: "#/map?synthetic=24" }, "Or measure the map with 2^24 made-up frames"),
      );
    else if (state.is === "loading")
      say("loading", `${state.title} is being read. The map appears when it is ready.`);
    else
      say(
        "failed",
        `${state.title} could not be opened: ${state.fault.reason}`,
        `Remedy: ${state.fault.remedy}`,
      );
  };
  model.on("state", draw, signal);
  model.on("moment", () => mounted?.follow(), signal);
  draw();
};
