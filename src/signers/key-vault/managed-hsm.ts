/** Whether the address is that of a managed HSM, in any cloud. */
export function isManagedHsm(vaultUrl: string): boolean {
  return new URL(vaultUrl).hostname.includes('.managedhsm.');
}
