import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import type { VaultKeyParameters } from '../../src/signers/key-vault/vault.ts';
import type { CheckOutcome, Signer, SignOutcome } from '../../src/signers/signer.ts';
import type { KeyVaultDouble } from '../key-vault/key-vault.ts';
import { context, type MadeCa, type VaultOfCas } from './key-vault-ca.ts';
import { requestFor } from './signer-conformance.ts';

export const p256: VaultKeyParameters = { type: 'EC', curve: 'P-256' };

type Issued = Extract<SignOutcome, { readonly outcome: 'issued' }>;
type Healthy = Extract<CheckOutcome, { readonly outcome: 'healthy' }>;

/** A CA of its own for each test of a group, and an issuer for it. */
export class FreshCa {
  readonly cas: VaultOfCas;
  /** Of the key, and of the secret that holds the root. */
  name = '';
  #ca: MadeCa | undefined;
  #signer: Signer | undefined;
  readonly #opened: Signer[] = [];
  #names = 0;

  /** Makes the CAs by hooks of the group in which it is called. */
  constructor(cas: VaultOfCas, group: string) {
    this.cas = cas;
    beforeEach(async () => {
      this.#names += 1;
      this.name = `${group}-${this.#names}`;
      this.#ca = await cas.makeRoot(this.name, p256);
      await cas.store(this.name, this.#ca.pem);
      await this.open();
    });
    afterEach(async () => {
      await cas.double?.clearFaults();
      if (cas.double !== undefined) await this.permit(['*']);
      await Promise.all(this.#opened.splice(0).map(async (each) => await each.close()));
    });
  }

  get ca(): MadeCa {
    assert.ok(this.#ca !== undefined);
    return this.#ca;
  }

  get signer(): Signer {
    assert.ok(this.#signer !== undefined);
    return this.#signer;
  }

  /** Opens another issuer for the CA, which is used from then on. */
  async open(block: object = {}): Promise<void> {
    this.#signer = await this.cas.open({ keyName: this.name, ...block });
    this.#opened.push(this.#signer);
  }

  /** All that issuers may do from now on, in a double. */
  async permit(permissions: Parameters<KeyVaultDouble['permit']>[1]): Promise<void> {
    const { double } = this.cas;
    assert.ok(double !== undefined, 'a real vault permits what it does');
    await double.permit(double.identities.clientSecret.clientId, permissions);
  }

  async healthy(): Promise<Healthy> {
    const check = await this.signer.check(context);
    assert.ok(check.outcome === 'healthy', check.message);
    return check;
  }

  /** A check that must find the issuer broken. */
  async broken(): Promise<{ readonly code: string; readonly message: string }> {
    const check = await this.signer.check(context);
    assert.ok(check.outcome === 'issuer-broken', check.message);
    return check;
  }

  async sign(): Promise<SignOutcome> {
    return await this.signer.sign(requestFor({}), context);
  }

  async signed(): Promise<Issued> {
    const outcome = await this.sign();
    assert.ok(outcome.outcome === 'issued', JSON.stringify(outcome));
    return outcome;
  }
}
