/**
 * main: the frame of the page: which view is shown, whether the page may share memory, light or dark.
 *
 * The address tells the view and its settings: #/map, #/composer?workload=tenants&seed=7.
 */
import { argumentsView } from "../views/arguments/arguments.js";
import { composerView } from "../views/composer/composer.js";
import { mapView } from "../views/map/map.js";
import { replayView } from "../views/replay/replay.js";
import type { View } from "./context.js";
import { sayIsolation } from "./isolation.js";
import { LabModel } from "./lab-model.js";
import { mountMachine } from "./machine-bar.js";
import { mountTheme } from "./theme.js";

const VIEWS: Readonly<Record<string, { readonly title: string; readonly view: View }>> = {
  replay: { title: "Replay", view: replayView },
  map: { title: "Map of frames", view: mapView },
  arguments: { title: "Arguments", view: argumentsView },
  composer: { title: "Your own history", view: composerView },
};

const model = new LabModel();
const root = document.getElementById("view")!;
let shown: AbortController | undefined;

function show(): void {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const name = path in VIEWS ? path : "replay";
  const { title, view } = VIEWS[name]!;
  shown?.abort();
  shown = new AbortController();
  document.title = `${title} · PageLedger laboratory`;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("#tabs a"))
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  root.replaceChildren();
  root.dataset.view = name;
  view(root, { model, query: new URLSearchParams(query), signal: shown.signal });
}

sayIsolation(document.getElementById("isolation")!);
mountTheme(document.getElementById("theme")!);
mountMachine(document.getElementById("machine")!, model);
addEventListener("hashchange", show);
show();
document.documentElement.dataset.ready = "";
