/** Told of each place where a pattern was found, both ends included. */
type Found = (first: number, last: number) => void;

/** Looks for many patterns at once. */
export interface ByteSearch {
  /** Tells of the longest pattern that ends at each byte; shorter ones lie inside of it. Takes time in proportion to the bytes. */
  find(bytes: Uint8Array, found: Found): void;
}

const root = 0;

/** The patterns as a tree. A node's first child is the node after it; only where patterns part there is an entry in `branches`. */
interface Tree {
  /** The byte that leads to a node. */
  readonly label: Uint8Array;
  /** Whether the next node is a child of this one, and whether there are further ones. */
  readonly hasNext: Uint8Array;
  readonly hasBranch: Uint8Array;
  readonly branches: Map<number, number>;
  /** The children of the root. */
  readonly first: Int32Array;
  /** The length of the pattern that ends at a node. */
  readonly longest: Int32Array;
}

/** What is known of the nodes while the tree is made. */
interface Growth {
  readonly depth: Int32Array;
  readonly parent: Int32Array;
  size: number;
}

/**
 * Prepares a search for patterns, none of them empty. The time to build it and the memory it takes, about ten bytes for each byte of
 * the patterns, are in proportion to them; nothing that patterns or texts hold makes it slower.
 * @see Aho and Corasick, Efficient String Matching, 1975
 */
export function createByteSearch(patterns: readonly Uint8Array[]): ByteSearch {
  const most = patterns.reduce((sum, { length }) => sum + length, 1);
  const tree = emptyTree(most);
  const growth: Growth = { depth: new Int32Array(most), parent: new Int32Array(most), size: 1 };
  for (const pattern of patterns) insert(tree, growth, pattern);
  const fall = linkFalls(tree, growth);
  const { longest } = tree;
  return {
    find(bytes, found) {
      let node = root;
      for (let at = 0; at < bytes.length; at += 1) {
        node = next(tree, fall, node, bytes[at] ?? 0);
        const length = longest[node] ?? 0;
        if (length > 0) found(at - length + 1, at);
      }
    },
  };
}

function emptyTree(most: number): Tree {
  return {
    label: new Uint8Array(most),
    hasNext: new Uint8Array(most),
    hasBranch: new Uint8Array(most),
    branches: new Map(),
    first: new Int32Array(256),
    longest: new Int32Array(most),
  };
}

function insert(tree: Tree, growth: Growth, pattern: Uint8Array): void {
  let node = root;
  for (const byte of pattern) node = childOf(tree, node, byte) || grow(tree, growth, node, byte);
  tree.longest[node] = pattern.length;
}

function grow(tree: Tree, growth: Growth, node: number, byte: number): number {
  const made = growth.size;
  growth.size += 1;
  growth.parent[made] = node;
  growth.depth[made] = (growth.depth[node] ?? 0) + 1;
  tree.label[made] = byte;
  if (node === root) tree.first[byte] = made;
  else if (made === node + 1) tree.hasNext[node] = 1;
  else {
    tree.hasBranch[node] = 1;
    tree.branches.set(node * 256 + byte, made);
  }
  return made;
}

/** The root where there is none. */
function childOf({ label, hasNext, hasBranch, branches, first }: Tree, node: number, byte: number): number {
  if (node === root) return first[byte] ?? root;
  if (hasNext[node] === 1 && label[node + 1] === byte) return node + 1;
  return hasBranch[node] === 1 ? (branches.get(node * 256 + byte) ?? root) : root;
}

function next(tree: Tree, fall: Int32Array, from: number, byte: number): number {
  for (let node = from; ; node = fall[node] ?? root) {
    const child = childOf(tree, node, byte);
    if (child !== root || node === root) return child;
  }
}

/** For each node the one of the longest end of its text that begins a pattern too. */
function linkFalls(tree: Tree, growth: Growth): Int32Array {
  const fall = new Int32Array(growth.size);
  for (const node of byDepth(growth)) {
    const parent = growth.parent[node] ?? root;
    const target = parent === root ? root : next(tree, fall, fall[parent] ?? root, tree.label[node] ?? 0);
    fall[node] = target;
    if (tree.longest[node] === 0) tree.longest[node] = tree.longest[target] ?? 0;
  }
  return fall;
}

/** Every node but the root, the nearest to it first. */
function byDepth({ depth, size }: Growth): Int32Array {
  const starts = new Int32Array(size + 1);
  for (let node = 1; node < size; node += 1) starts[(depth[node] ?? 0) + 1] = (starts[(depth[node] ?? 0) + 1] ?? 0) + 1;
  for (let at = 1; at <= size; at += 1) starts[at] = (starts[at] ?? 0) + (starts[at - 1] ?? 0);
  const order = new Int32Array(size - 1);
  for (let node = 1; node < size; node += 1) {
    const place = starts[depth[node] ?? 0] ?? 0;
    order[place] = node;
    starts[depth[node] ?? 0] = place + 1;
  }
  return order;
}
