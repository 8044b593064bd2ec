// take-over: uncharging counted pages that other agents have charged.
//
//   others:  ownedPages - stock  │  container.countedPages  ──n, while countedTakes is odd──►  own ownedPages and stock
//
// A container's counted pages are what all agents own less their stocks, and what nobody owns; any agent may uncharge them.  Who has
// not charged enough itself adds all of it up, and takes what it needs out of countedPages, which is signed: the others keep
// what they own.  Those meanwhile charge, fill, drain.
//
// INVARIANTS  T1  Stock and ownedPages of a counter change together while its moves are odd; stock alone at any time.
//             T2  Pages that go from ownedPages to countedPages are for a moment in both, never in neither.
//             T3  Takers of a container take turns, and a turn ends with the pages uncharged: none is taken twice.
// ORDERING    Tt1 takes, even · Tt2 each counter's moves, even, ownedPages, stock, the same moves · Tt3 countedPages · enough:
//             Tt4 takes odd, by cmpxchg from Tt1 · Tt5 the pages · Tt6 takes even; not enough: Tt7 the same takes still, else again.
//             Tt2 before Tt3, by T2: so what is added up is never less than what may be uncharged, but for another taker, whom Tt7 sees.
//             While moves or takes are odd there is neither call nor loop: a thread is terminated only at those.
// RACY        What is added up may be too much while somebody drains.  And an agent that uncharges what it has charged itself does not look
//             whether another has taken just that over.  So of two agents that uncharge one page at once both may
//             get through; then the usage falls below what is charged.
// COST        A load or three per agent, and one taker at a time; what is taken beyond the pages asked for, out of those that nobody owns,
//             spares the next takers that.
// AFTER       ours.  The model: test/interleave/models/take-over.ts.
import { AgentCounter, Container, STOCK_MIN } from "../abi";
import { containerAt, core, counterAt } from "./region";
import { Stock } from "./stock";

/** Counted pages that one agent owns. */
function ownPages(counter: AgentCounter): u32 {
  if (!SHARED) return counter.ownedPages - counter.stock;
  const record = changetype<usize>(counter);
  let moves: u32 = 0;
  let own: u32 = 0;
  do {
    moves = atomic.load<u32>(record, offsetof<AgentCounter>("_moves"));
    own = atomic.load<u32>(record, offsetof<AgentCounter>("_ownedPages"));
    own -= atomic.load<u32>(record, offsetof<AgentCounter>("_stock"));
  } while (moves & 1 || atomic.load<u32>(record, offsetof<AgentCounter>("_moves")) != moves);
  return own;
}

/** Counted pages of a container itself; exact while nobody counts there, else perhaps too many. */
export function countedPages(id: u32): u32 {
  let nrPages: u32 = 0;
  for (let number: u32 = 0; number < core().nrAgents; number++) nrPages += ownPages(counterAt(number, id));
  return nrPages + containerAt(id).countedPages; // Tt3
}

/** Whether so many pages are counted there. */
export function hasCounted(id: u32, nrPages: u32): bool {
  return <i32>countedPages(id) >= <i32>nrPages; // COUNT_PAGES_MAX is below 2^31
}

/** Uncharges `nrPages` pages of a kind into the own stock, whoever has charged them; false = there are not so many. */
export function unchargeOthers(counter: AgentCounter, id: u32, nrPages: u32, kind: u32): bool {
  const container = containerAt(id);
  const self = changetype<usize>(container);
  for (;;) {
    const takes = container.countedTakes; // Tt1
    if (takes & 1) continue;
    const counted = countedPages(id);
    if (<i32>counted < <i32>nrPages) {
      if (container.countedTakes == takes) return false; // Tt7
      continue;
    }
    const stock = counter.stock;
    const ownedPages = counter.ownedPages;
    // What is lacking, and for what may follow some more of those that nobody owns: of others' pages a drain may have shown some twice.
    const lacking = nrPages - (ownedPages - stock);
    const spare = max(<i32>container.countedPages - <i32>lacking, 0);
    const taken = lacking + min(<u32>spare, max(lacking, STOCK_MIN) - lacking);
    if (SHARED) {
      const was = atomic.cmpxchg<u32>(self, takes, takes + 1, offsetof<Container>("_countedTakes")); // Tt4
      if (was != takes) continue;
    }
    Stock.addTo(self + offsetof<Container>("_countedPages"), -taken);
    Stock.set(counter, stock, ownedPages + taken);
    Stock.move(counter, kind, stock + nrPages, -nrPages);
    if (SHARED) atomic.store<u32>(self, takes + 2, offsetof<Container>("_countedTakes")); // Tt6
    return true;
  }
}
