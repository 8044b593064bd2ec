/**
 * tree: containers in the order of their tree, and which of them are to be seen.
 */
import type { LabContainer } from "../../../../src/lab/protocol.js";

export interface TreeNode {
  readonly container: number;
  /** 0 at the top. */
  readonly depth: number;
  /** The path without what the parent's says already. */
  readonly name: string;
  readonly children: readonly number[];
}

export interface Tree {
  readonly top: readonly number[];
  /** By container. */
  readonly nodes: readonly TreeNode[];
}

export function treeOf(containers: readonly LabContainer[]): Tree {
  const children = containers.map((): number[] => []);
  const top: number[] = [];
  containers.forEach(({ parent }, i) => {
    if (parent >= 0 && parent !== i && parent < containers.length) children[parent]!.push(i);
    else top.push(i);
  });
  const nodes = new Array<TreeNode>(containers.length);
  const rest: [number, number][] = top.map((container) => [container, 0]);
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [container, depth] = next;
    const { path, parent } = containers[container]!;
    const above = depth === 0 ? undefined : containers[parent]?.path;
    const cut = above === undefined ? 0 : above === "/" ? 1 : above.length + 1;
    const isBelow = above !== undefined && path.startsWith(above === "/" ? "/" : `${above}/`);
    nodes[container] = {
      container,
      depth,
      name: isBelow && path.length > cut ? path.slice(cut) : path,
      children: children[container]!,
    };
    for (const child of children[container]!) rest.push([child, depth + 1]);
  }
  return { top, nodes };
}

/** Containers from top to bottom: those that `isThere`, below parents that are not folded.  At most `limit` and one. */
export function visibleRows(
  { top, nodes }: Tree,
  isThere: (container: number) => boolean,
  isFolded: (container: number) => boolean,
  limit: number,
): number[] {
  const rows: number[] = [];
  const rest = [...top].reverse();
  for (let next = rest.pop(); next !== undefined && rows.length <= limit; next = rest.pop()) {
    if (!isThere(next)) continue;
    rows.push(next);
    if (isFolded(next)) continue;
    const { children } = nodes[next]!;
    for (let i = children.length - 1; i >= 0; i--) rest.push(children[i]!);
  }
  return rows;
}
