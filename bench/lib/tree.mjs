// tree: leaves below a path of single containers, as deep as asked.
import { Op } from "../../dist/abi.js";

/** Parents by id, and the ids of the leaves, all of them at `depth`.  @param {number} count @param {number} depth */
export function leafTree(count, depth) {
  const tree = {};
  let id = 0;
  for (let level = 1; level < depth; level++) tree[++id] = level - 1;
  const leaves = Array.from({ length: count }, () => {
    tree[++id] = depth - 1;
    return id;
  });
  return { tree, leaves };
}

/** Makes the containers of a tree, without limits.  @param {import("../../dist/core/core.js").Core} core */
export function growTree(core, tree) {
  for (const [id, parent] of Object.entries(tree))
    if (core.runOne(Op.CONTAINER_CREATE | (parent << 16), Number(id), 0xffffffff) !== 0)
      throw new Error(`no container ${id}`);
}
