/** The clouds of Azure, as issuers and the command line name them. */
export const clouds = ['public', 'usGovernment', 'china'] as const;
export type Cloud = (typeof clouds)[number];
