import type { Fault } from '../../key-vault/administration.ts';
import type { KeyVaultDouble } from '../../key-vault/key-vault.ts';
import type { Proxy } from '../../key-vault/toxiproxy.ts';

/** What a fault is done to: a vault and the way to it, and the key of an issuer that goes that way. */
export interface FaultyVault {
  readonly double: KeyVaultDouble;
  readonly proxy: Proxy;
  readonly keyName: string;
}

/** A fault of the vault, or of the way to it, during which a request waits. */
export interface VaultFault {
  /** `a vault that …` */
  readonly what: string;
  /** Of the issuer, the key and the request. */
  readonly name: string;
  begin(vault: FaultyVault): Promise<void>;
  /** Absent where it ends by itself. */
  end?(vault: FaultyVault): Promise<void>;
  /** What the request says meanwhile. */
  readonly words: RegExp;
  /** What the issuer says meanwhile, where it is the issuer that is broken. */
  readonly issuer?: RegExp;
  /** How often the vault has signed at the end, the probe of the first check not counted; 1 where not set. */
  readonly signs?: number;
}

/** A fault of the double that is over after one signature. */
function once(name: string, fault: Fault): Pick<VaultFault, 'name' | 'begin'> {
  return { name, begin: async ({ double, keyName }) => await double.fault('keys/sign', { ...fault, name: keyName, times: 1 }) };
}

/** Open connections are cut first: what comes then comes over a new one. */
function onNewConnections(begin: (proxy: Proxy) => Promise<void>): Pick<VaultFault, 'begin' | 'end'> {
  return {
    async begin({ proxy }) {
      await proxy.disable();
      await begin(proxy);
      await proxy.enable();
    },
    end: async ({ proxy }) => await proxy.removeToxics(),
  };
}

/** Each ends with one certificate, and none with a request that failed. */
export const vaultFaults: readonly VaultFault[] = [
  {
    what: 'that takes no connections',
    name: 'refusing',
    begin: async ({ proxy }) => await proxy.disable(),
    end: async ({ proxy }) => await proxy.enable(),
    words: /^CAUnreachable: the key "refusing" of https:.* does not sign: the vault cannot be reached/i,
  },
  {
    what: 'whose connections are reset',
    name: 'resetting',
    ...onNewConnections(async (proxy) => await proxy.addToxic('reset_peer', { timeout: 0 })),
    words: /^CAUnreachable: /,
  },
  {
    what: 'that is silent',
    name: 'silent',
    ...onNewConnections(async (proxy) => await proxy.addToxic('timeout', { timeout: 0 })),
    words: /^CATimeout: .*takes no connection in time/,
  },
  {
    what: 'whose answer is lost',
    ...once('cut', { kind: 'cut' }),
    words: /^CAUnreachable: /,
    // The first signature went with the answer.
    signs: 2,
  },
  {
    what: 'that throttles',
    ...once('throttling', { kind: 'status', status: 429, retryAfter: 2 }),
    words: /^CAThrottled: .*429 Throttled/,
  },
  {
    what: 'with a fault of its own',
    ...once('ailing', { kind: 'status', status: 500 }),
    words: /^CAUnavailable: .*500 InternalServerError/,
  },
  {
    what: 'whose key is disabled',
    name: 'disabled',
    begin: async ({ double, keyName }) => await double.setKeyAttributes(keyName, { enabled: false }),
    end: async ({ double, keyName }) => await double.setKeyAttributes(keyName, { enabled: true }),
    words: /^IssuerNotReady: The issuer is broken: the key "disabled" of .*is disabled; enable it/i,
    issuer: /^KeyUnusable: .*disabled.*--enabled true/,
    // With the proof that it signs again.
    signs: 2,
  },
];
