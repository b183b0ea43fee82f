import { printable } from '../lib/printable.ts';

/** Why something did not work, as one sentence that another may follow, safe for a terminal: `CAUnreachable: nothing listens.` */
export function reasonText({ code, message }: { readonly code: string; readonly message: string }): string {
  const text = `${code}: ${printable(message)}`;
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
