import { isKubeError } from './api-error.ts';
import type { KubeClient, Selection } from './client.ts';
import type { KubeList, KubeObject, Resource } from './resource.ts';

/** Objects of one page: a page of 3 KB requests is then about 300 KB of JSON, small beside the heap. */
const pageSize = 100;

/**
 * Lists in pages, of which only one is held at a time. Where objects are so large that a page is too, the page is asked
 * for again with fewer of them: whoever may create objects could otherwise exhaust the memory here.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listPages<T extends KubeObject>(
  client: Pick<KubeClient, 'list'>,
  resource: Resource<T>,
  selection: Selection,
  signal: AbortSignal,
): AsyncGenerator<KubeList<T>> {
  let next: string | undefined;
  let limit = pageSize;
  for (;;) {
    let page: KubeList<T>;
    try {
      page = await client.list(resource, { ...selection, limit, continue: next, signal });
    } catch (error) {
      if (limit === 1 || !isKubeError(error, 'TooLarge')) throw error;
      limit = Math.ceil(limit / 4);
      continue;
    }
    yield page;
    next = page.metadata.continue;
    if (next === undefined || next === '') return;
  }
}
