/**
 * main: the frame of the page: which view is shown, whether the page may share memory, light or dark.
 *
 * The address tells the view and its settings: #/map, #/composer?workload=tenants&seed=7.  A view's code is fetched when
 * it is first shown.
 */
import { argumentsView } from "../views/arguments/arguments.js";
import type { View } from "./context.js";
import { el } from "./dom.js";
import { sayIsolation } from "./isolation.js";
import { LabModel } from "./lab-model.js";
import { mountMachine } from "./machine-bar.js";
import { mountTheme } from "./theme.js";

interface Tab {
  readonly title: string;
  readonly load: () => Promise<View>;
}

const TABS: Readonly<Record<string, Tab>> = {
  replay: { title: "Replay", load: async () => (await import("../views/replay/replay.js")).replayView },
  map: { title: "Map of frames", load: async () => (await import("../views/map/map.js")).mapView },
  arguments: { title: "Arguments", load: async () => argumentsView },
  composer: {
    title: "Your own history",
    load: async () => (await import("../views/composer/composer.js")).composerView,
  },
};

const model = new LabModel();
const root = document.getElementById("view")!;
let shown: AbortController | undefined;

/** Names the view that is shown, to who does not see it. */
const said = el("p", { class: "visually-hidden", role: "status" });
document.body.append(said);

async function show(): Promise<void> {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const name = Object.hasOwn(TABS, path) ? path : "replay";
  const { title, load } = TABS[name]!;
  shown?.abort();
  const here = new AbortController();
  shown = here;
  document.title = `${title} · PageLedger laboratory`;
  for (const link of document.querySelectorAll<HTMLAnchorElement>("#tabs a"))
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  try {
    const view = await load();
    if (here.signal.aborted) return;
    const isFirst = root.dataset.view === undefined;
    // A link in the view goes with the view: who followed it goes on at the top of the next one.
    const hadFocus = root.contains(document.activeElement);
    root.replaceChildren();
    root.dataset.view = name;
    view(root, { model, query: new URLSearchParams(query), signal: here.signal });
    if (hadFocus) root.focus();
    if (!isFirst) said.textContent = title;
  } catch (error) {
    if (here.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    root.replaceChildren(
      el("p", { role: "alert" }, `This view could not be shown: ${reason}. Load the page again.`),
    );
  }
}

sayIsolation(document.getElementById("isolation")!);
mountTheme(document.getElementById("theme")!);
mountMachine(document.getElementById("machine")!, model);
document.querySelector<HTMLAnchorElement>("a.skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  root.focus();
});
model.addEventListener("busy", () => root.setAttribute("aria-busy", String(model.busy !== undefined)));
addEventListener("hashchange", () => void show());
void show().then(() => {
  document.documentElement.dataset.ready = "";
});
