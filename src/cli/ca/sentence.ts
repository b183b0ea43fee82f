/** Words of others so that a sentence may follow: vaults and networks tell clauses too. */
export function sentence(text: string): string {
  return /[.!?…]"?$/.test(text) ? text : `${text}.`;
}
