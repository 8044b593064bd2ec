/** take-away: a link to these settings, the command that makes the same history, and its text as a file. */
import * as Comlink from "comlink";
import type { HistorySettings } from "../../../../src/lab/settings.js";
import { button, el } from "../../app/dom.js";
import { download } from "../../charts/export.js";
import type { Refused, WrittenText } from "../../workers/history.js";
import type { HistoryHelper } from "./helper.js";
import { commandParts, fileNameOf, queryOf } from "./settings.js";

export interface TakeAway {
  readonly root: HTMLElement;
  /** undefined = something in the form is refused: there is nothing to take. */
  show(settings: HistorySettings | undefined): void;
}

export function takeAway(helper: HistoryHelper): TakeAway {
  let settings: HistorySettings | undefined;
  let isWriting = false;
  const status = el("p", { class: "quiet", role: "status", id: "composer-taken" });
  const command = el("code", { id: "composer-command" });
  const link = el("input", { id: "composer-link", type: "text", readonly: true, "aria-label": "Link" });

  const copy = async (what: string, text: string) => {
    const isCopied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    status.textContent = isCopied
      ? `${what} copied.`
      : `The browser does not let the page copy; select it here.`;
  };
  const copyLink = button(
    "Copy link",
    () => {
      link.select();
      void copy("Link", link.value);
    },
    { id: "composer-copy-link" },
  );
  const copyCommand = button("Copy command", () => void copy("Command", command.textContent ?? ""), {
    id: "composer-copy-command",
  });

  const write = async () => {
    if (settings === undefined) return;
    const taken = settings;
    const tell = (operations: number, textBytes: number) => {
      // Word of progress may still be on its way when the worker has ended.
      if (!isWriting) return;
      const share = Math.floor((100 * operations) / taken.nrEvents);
      status.textContent = `Writing: ${share} %, ${megabytes(textBytes)} of text.`;
    };
    begin(true);
    tell(0, 0);
    try {
      const written = await helper.ask<WrittenText | Refused>(async (remote) =>
        remote.write(taken, Comlink.proxy(tell)),
      );
      if (written === undefined) status.textContent = "Cancelled; nothing was written.";
      else if ("fault" in written) status.textContent = `Nothing was written: ${written.fault}.`;
      else {
        const name = fileNameOf(taken);
        download(name, written.blob);
        status.textContent = `${name}: ${megabytes(written.blob.size)}, ${megabytes(written.textBytes)} of text.`;
      }
    } catch (error) {
      status.textContent = `Nothing was written: ${(error as Error).message}.`;
    }
    begin(false);
  };
  const save = button("Download the trace", () => (isWriting ? helper.end() : void write()), {
    id: "composer-download",
  });
  const begin = (now: boolean) => {
    isWriting = now;
    save.textContent = now ? "Cancel" : "Download the trace";
    save.dataset.writing = String(now);
  };

  const root = el(
    "section",
    { class: "take-away", "aria-labelledby": "composer-take" },
    el("h2", { id: "composer-take" }, "Take it away"),
    el("div", { class: "row" }, copyLink, link),
    el(
      "div",
      { class: "row" },
      save,
      el("span", { class: "quiet" }, "ftrace text, packed; made in this page"),
    ),
    el("p", {}, "The same by the command line:"),
    el("div", { class: "row command" }, command, copyCommand),
    status,
  );
  return {
    root,
    show(now) {
      settings = now;
      for (const each of [copyLink, copyCommand]) each.disabled = now === undefined;
      save.disabled = now === undefined && !isWriting;
      const parts = now === undefined ? ["–"] : commandParts(now);
      command.replaceChildren(...parts.flatMap((part) => [el("span", {}, part), " "]).slice(0, -1));
      link.value =
        now === undefined ? "" : `${location.href.split("#", 1)[0]}#/composer?${queryOf(now)}&run=1`;
    },
  };
}

/** "6.1 MB", by thousands as downloads are shown. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString("en-US", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}
