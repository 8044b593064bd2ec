// lockless: how a step that writes one page's owner without the ledger lock has ended.

export const enum Lockless {
  /** The page is charged or uncharged, and counted. */
  DONE,
  /** Another agent changed something beside it: nothing was done, and it may be tried again. */
  AGAIN,
  /** The page has an owner already, or none, or its block must change its form: the lock's holder decides. */
  LOCKED,
  /** No page is charged ahead, or none may be kept: the stock comes first. */
  STOCK,
}
