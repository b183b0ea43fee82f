/** A page of the site: its name without `.md`, and what the navigation calls it. */
export type NavigationEntry = readonly [page: string, text: string];

/** A group of pages. */
export interface NavigationGroup {
  readonly text: string;
  readonly pages: readonly NavigationEntry[];
}

/** Every page but the decision records, in the order in which people need them. A test compares it with docs/. */
export const navigation: readonly NavigationGroup[] = [
  {
    text: 'Start',
    pages: [
      ['index', 'Overview'],
      ['installation', 'Install'],
      ['chart', 'Values of the chart'],
      ['issuers', 'Issuers'],
      ['troubleshooting', 'Troubleshooting'],
    ],
  },
  {
    text: 'Your CA',
    pages: [
      ['pki', 'A CA with an HTTP API'],
      ['private-pki', 'Behind a firewall'],
      ['key-vault', 'Azure Key Vault'],
      ['mockca-server', 'The mock CA server'],
    ],
  },
  {
    text: 'Requests',
    pages: [
      ['signing-requests', 'CertificateSigningRequests'],
      ['people', 'Certificates for people'],
      ['approval', 'Approval'],
      ['policy', 'Policy'],
    ],
  },
  {
    text: 'Run it',
    pages: [
      ['controller', 'The controller'],
      ['security', 'Security'],
      ['metrics', 'Metrics'],
      ['status-page', 'Status page'],
      ['image', 'Image'],
      ['upgrade', 'Upgrade and roll back'],
      ['backup', 'Back up'],
      ['migration', 'Migrate'],
    ],
  },
  {
    text: 'Platforms',
    pages: [
      ['aks', 'AKS'],
      ['istio', 'Istio'],
      ['integrations', 'Ingress, Gateway API, csi-driver, trust-manager'],
      ['gitops', 'GitOps'],
      ['air-gapped', 'Air-gapped'],
    ],
  },
  {
    text: 'Reference',
    pages: [
      ['api', 'API'],
      ['cli', 'Command line'],
      ['benchmarks', 'Benchmarks'],
      ['changelog', 'Changelog'],
    ],
  },
  {
    text: 'Develop',
    pages: [
      ['architecture', 'Architecture'],
      ['contributing', 'Contribute'],
      ['writing-a-signer', 'Write a signer'],
      ['writing-a-ca-key', 'Add a KMS or an HSM'],
      ['testing', 'Tests'],
      ['releasing', 'Release'],
      ['dependencies', 'Dependencies'],
    ],
  },
];

/** Pages of the site that are not in docs/, by their place in the tree. */
export const pagesElsewhere: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'CONTRIBUTING.md': 'contributing.md',
  'CHANGELOG.md': 'changelog.md',
  'charts/external-issuer/README.md': 'chart.md',
};

/** Where a page of the tree is on the site: `docs/adr/0001-x.md` is `adr/0001-x.md`; undefined for what is no page. */
export function sitePage(file: string): string | undefined {
  if (file.startsWith('docs/') && file.endsWith('.md')) return file.slice('docs/'.length);
  return pagesElsewhere[file];
}
