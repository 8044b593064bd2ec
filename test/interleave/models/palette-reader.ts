/** palette-reader: a lookup of any page, as often as it likes, announcements and absences between them. */
import { type Memory, type Process, step, WAIT } from "../machine.js";
import { NEVER_HAD, NONE_WRONG, READS_FREED } from "./palette.js";
import { Block, COLUMN, OVERFLOWED, type PaletteState } from "./palette-state.js";

export function paletteReader(p: PaletteState, r: number): Process {
  const { readers, pages, absences, mutation } = p.options;
  const v = p.variables;
  const code = p.held + r;
  const wideCode = p.wideCodes + r;
  const at = p.links + r;
  const seen = v.one(`r${r}.seen`);
  const had = p.had + r;
  const pageOf = (m: Memory) => m.get(had) >> 5;

  function report(m: Memory, owner: number): string {
    if (!m.violation && !(m.get(had) & 31 & (1 << owner))) m.violate(owner ? NEVER_HAD : NONE_WRONG);
    m.set(had, 0);
    m.set(code, 0);
    m.set(wideCode, 0);
    m.set(at, 0);
    p.forget(m, m.isAt(readers, "op"));
    return "begin";
  }

  /** A load from the block behind the link. */
  function inBlock(m: Memory, where: number): number {
    if (m.get(p.states + (m.get(at) & ~COLUMN)) === Block.FREE) m.violate(READS_FREED);
    return m.load(where);
  }

  const leave = step("Qo", "offline", (m) => {
    m.atomicStore(p.epochs + r, 0);
    return "Qr1";
  });

  return {
    name: `reader ${r}`,
    steps: [
      step("Qr1", "online: read gpEpoch", (m) => m.set(seen, m.load(p.gpEpoch))),
      step("Qr2", "store it as its own", (m) => {
        const epoch = m.get(seen);
        m.set(seen, 0);
        return m.atomicStore(p.epochs + r, epoch);
      }),
      step(
        "begin",
        "Pr0: own0 of a page's block; or announce; or go offline",
        (m, way) => {
          if (way === pages) return "Qa1";
          if (way > pages) return absences ? "Qo" : WAIT;
          p.begin(m, r, way);
          return m.load(p.own0) && mutation !== "no first look" ? "Pr4" : "Pr1";
        },
        pages + 2,
      ),
      step("Pr0", "own0, once more from the start", (m) => (m.load(p.own0) ? "Pr4" : "Pr1")),
      step("Pr1", "code", (m) => {
        m.set(code, m.load(p.codes + pageOf(m)));
        if (m.get(code)) return "Pr2";
        return mutation === "own0 before the code alone" ? report(m, 0) : "Pr3";
      }),
      step("Pr2", "own[code]", (m) => report(m, m.load(p.owns + m.get(code)))),
      step("Pr3", "own0 behind the code", (m) => (m.load(p.own0) === OVERFLOWED ? "Pr4" : report(m, 0))),
      step("Pr4", "link", (m) => {
        m.set(at, m.load(p.link));
        if (!m.get(at) && mutation !== "link 0 followed") return "Pr0";
        return m.get(at) & COLUMN ? "Pr8" : "Pr6";
      }),
      step("Pr6", "code in the wide block", (m) => {
        const found = inBlock(m, p.cellAt(m.get(at), pageOf(m)));
        if (!found || m.violation) return report(m, found);
        m.set(wideCode, found);
        return undefined;
      }),
      step("Pr7", "own there", (m) => report(m, inBlock(m, p.wideOwnAt(m.get(at), m.get(wideCode))))),
      step("Pr8", "owner in the column", (m) =>
        report(m, inBlock(m, p.cellAt(m.get(at) & ~COLUMN, pageOf(m)))),
      ),
      step("Qa1", "announce: read gpEpoch", (m) => m.set(seen, m.load(p.gpEpoch))),
      step("Qa2", "store it as its own", (m) => {
        const epoch = m.get(seen);
        m.set(seen, 0);
        m.atomicStore(p.epochs + r, epoch);
        return "begin";
      }),
      ...(absences ? [leave] : []),
    ],
  };
}
