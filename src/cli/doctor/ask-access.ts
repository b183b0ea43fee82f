import type { KubeClient } from '../../kube/client.ts';
import type { AccessAnswer } from './facts.ts';
import type { AccessQuestion } from './questions.ts';
import { subjectAccessReviews } from '../../api/resources.ts';

/** Questions that are asked at the same time. */
const atOnce = 8;

/**
 * Asks the API server which rights are there; who asks needs the right to create SubjectAccessReviews.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
 */
export async function askAccess(
  client: Pick<KubeClient, 'create'>,
  questions: readonly AccessQuestion[],
  signal: AbortSignal,
): Promise<readonly AccessAnswer[]> {
  const answers: AccessAnswer[] = [];
  for (let start = 0; start < questions.length; start += atOnce) {
    const some = questions.slice(start, start + atOnce);
    answers.push(...(await Promise.all(some.map(async (question) => await ask(client, question, signal)))));
  }
  return answers;
}

async function ask(client: Pick<KubeClient, 'create'>, question: AccessQuestion, signal: AbortSignal): Promise<AccessAnswer> {
  const { namespace, name } = question.account;
  const review = {
    // A review has no name: it is not kept.
    metadata: { name: '' },
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: question.attributes,
    },
  };
  const { status } = await client.create(subjectAccessReviews, review, { signal });
  return { question, allowed: status?.allowed === true };
}
