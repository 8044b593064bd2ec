/**
 * frame-panel: all that is known of one frame at the moment, and what happened to it before.
 *
 * The pfn appears at once, the rest when the session has answered; while it is asked, only the newest frame waits.
 */

import type { FrameEvent, FrameHistory, FrameNow } from "../../../../src/lab/protocol.js";
import { button, type Child, el, name as named } from "../../app/dom.js";
import { Newest } from "./newest.js";
import type { MapSource } from "./source.js";
import { hex, memory } from "./values.js";

const HISTORY_MAX = 60;
const PAGE_BYTES = 4096;

export class FramePanel {
  readonly element = el("section", { class: "map-frame", "aria-label": "Frame" });
  readonly #source: MapSource;
  readonly #title = el("h2", {}, "Frame");
  readonly #facts = el("dl");
  readonly #past = el("div", { class: "map-history", tabindex: 0, role: "group", "aria-label": "History" });
  readonly #say = el("p", { class: "visually-hidden", role: "status" });
  readonly #letGo: HTMLButtonElement;
  readonly #asked = new Newest<number>(
    (pfn) => this.#ask(pfn),
    () => this.#source.giveWay("history"),
  );
  /** Whose history is written. */
  #pastOf = -1;
  /** What is shown; -1 = nothing. */
  pfn = -1;
  isPinned = false;
  /** Whether a screen reader is told: of frames reached by key or click, not of each one below the pointer. */
  #isSaid = false;

  constructor(source: MapSource, onRelease: () => void) {
    this.#source = source;
    this.#letGo = button("Let go", onRelease, { class: "small", hidden: true });
    this.element.append(
      el("div", { class: "map-head" }, this.#title, this.#letGo),
      this.#facts,
      this.#past,
      this.#say,
    );
    this.#nothing();
  }

  show(pfn: number, isPinned: boolean, isSaid: boolean): void {
    this.isPinned = isPinned;
    this.#isSaid = isSaid;
    this.#letGo.hidden = !isPinned;
    this.element.classList.toggle("pinned", isPinned);
    if (pfn < 0) {
      this.#nothing();
      return;
    }
    this.element.dataset.pfn = String(pfn);
    this.#title.textContent = `pfn ${hex(pfn)}`;
    if (pfn !== this.pfn) delete this.element.dataset.shown;
    this.pfn = pfn;
    this.#asked.want(pfn);
  }

  /** The moment is another one: the same frame anew. */
  refresh(): void {
    if (this.pfn >= 0) this.#asked.want(this.pfn);
  }

  #nothing(): void {
    this.pfn = -1;
    delete this.element.dataset.pfn;
    delete this.element.dataset.shown;
    this.#title.textContent = "Frame";
    this.#facts.replaceChildren();
    this.#facts.hidden = true;
    this.#sayPast(
      "Point at a frame, or move the cursor on the map with the arrow keys. A click or Enter pins it.",
    );
  }

  /** Instead of a history. */
  #sayPast(...text: readonly Child[]): void {
    this.#pastOf = -1;
    this.#past.replaceChildren(el("p", { class: "quiet" }, ...text));
  }

  async #ask(pfn: number): Promise<void> {
    try {
      const now = await this.#source.frame(pfn);
      if (now === undefined || pfn !== this.pfn) return;
      this.#write(now);
      if (pfn !== this.#pastOf) this.#sayPast("Reading its history.");
      const past = await this.#source.history(pfn, HISTORY_MAX);
      if (past === undefined || pfn !== this.pfn) return;
      if (past === "stopped") {
        this.#sayPast(
          "Its history was not read to the end. ",
          button("Read it again", () => this.refresh()),
        );
        return;
      }
      this.#writePast(past);
      this.#pastOf = pfn;
      this.element.dataset.shown = String(pfn);
    } catch (error) {
      if (pfn !== this.pfn) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#past.replaceChildren(el("p", { class: "map-bad" }, `The session could not say: ${reason}`));
    }
  }

  #write(now: FrameNow): void {
    const owner = now.owner < 0 ? "none" : this.#source.pathOf(now.owner);
    const part = now.pfn - now.head;
    const folio = `order ${now.order}, ${memory(2 ** now.order)}`;
    const place = part === 0 ? "this frame" : `${hex(now.head)}; this is frame ${part} of ${2 ** now.order}`;
    const facts: (readonly [string, string])[] = [
      ["Address", hex(now.pfn * PAGE_BYTES)],
      ["Owner", owner],
    ];
    if (now.isAllocated)
      facts.push(
        ["Folio", folio],
        ["Head", place],
        ["Type", now.type || "not said"],
        ["LRU list", now.lru || "none"],
        ["Flags", now.flags || "none"],
        ["Mappings", now.mappings.toLocaleString("en")],
      );
    else facts.push(["State", "not allocated"]);
    this.#facts.hidden = false;
    this.#facts.replaceChildren(
      ...facts.flatMap(([term, text]) => [el("dt", {}, term), el("dd", {}, named(text))]),
    );
    if (this.#isSaid)
      this.#say.textContent = `pfn ${hex(now.pfn)}: ${owner}${now.isAllocated ? `, ${folio}` : ""}`;
  }

  #writePast({ events, total }: FrameHistory): void {
    if (total === 0) {
      this.#sayPast("Nothing happened to this frame up to this moment.");
      return;
    }
    const more = total - events.length;
    this.#past.replaceChildren(
      el("h3", {}, `${total.toLocaleString("en")} ${total === 1 ? "event" : "events"}, newest first`),
      el("ol", {}, ...events.map(line)),
      ...(more > 0
        ? [el("p", { class: "quiet" }, `${more.toLocaleString("en")} earlier ones are not listed.`)]
        : []),
    );
  }
}

function line({ event, seconds, what }: FrameEvent): HTMLElement {
  const when = `event ${event.toLocaleString("en")}, ${seconds.toFixed(6)} s`;
  return el("li", {}, named(what), el("span", { class: "map-when" }, when));
}
