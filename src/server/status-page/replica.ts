import { formatDuration } from '../../lib/duration.ts';
import { html, said, type Html } from './html.ts';
import { badge, facts, whenInFull } from './parts.ts';
import type { LeaderView, ReplicaView } from './view.ts';

/** The port that the page has unless a flag says otherwise. */
const usualPort = 8082;

/** Who shows this page, and who leads. */
export function replicaPart(replica: ReplicaView, now: number): Html {
  const { identity, namespace, version, nodeVersion, startedAt, leadingSince, lease } = replica;
  return html`<p>${roleBadge(replica)} <strong>${said(podOf(identity))}</strong> in namespace ${said(namespace)}</p>
    ${replica.leader === undefined ? undefined : leaderPart(replica.leader, namespace, replica.port || usualPort)}
    ${facts([
      ['Version', `${version}, Node ${nodeVersion}`],
      ['Runs since', whenInFull(startedAt, now)],
      ['Leads since', whenInFull(leadingSince, now)],
      ['Name in the Lease', said(identity)],
      [
        'Lease',
        lease === undefined
          ? 'none: this controller runs alone, without --leader-elect'
          : said(`${lease.namespace}/${lease.name}`),
      ],
    ])}`;
}

function roleBadge({ role, leader }: ReplicaView): Html {
  if (role === 'standby') return leader === undefined ? badge('bad', 'Standby, no leader') : badge('wait', 'Standby');
  return badge('good', role === 'leader' ? 'Leader' : 'Leader, alone');
}

/** Who leads, and how to see its page. */
function leaderPart({ identity, acquiredAt, seenMsAgo }: LeaderView, namespace: string, port: number): Html {
  const since = acquiredAt === '' ? '' : `since ${acquiredAt.replace(/\.\d+Z$/, 'Z')}, `;
  return html`<p>
      <strong>${said(podOf(identity))}</strong> leads
      (${said(`${since}renewed ${formatDuration(Math.max(0, seenMsAgo))} ago`)}). Its page shows issuers and requests:
    </p>
    <p><code>kubectl -n ${said(namespace)} port-forward pod/${said(podOf(identity))} ${port}</code></p>`;
}

/** The pod of a replica: its name without the suffix that each process adds. */
function podOf(identity: string): string {
  const end = identity.lastIndexOf('_');
  return end > 0 ? identity.slice(0, end) : identity;
}
