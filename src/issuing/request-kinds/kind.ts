import type { KubeObject, Resource } from '../../kube/resource.ts';
import type { StatusChange } from '../conclusion.ts';
import type { RequestView } from '../request-view.ts';

/** How one kind of request is read and written; the line between is the same for all. */
export interface RequestKind<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Whether the status has a place for why a request waits; where it has none, events alone tell it. */
  readonly showsWaiting: boolean;
  /** What the core needs of the object; undefined where it is finished or names another's issuer. */
  view(object: T): RequestView | undefined;
  /**
   * The object to apply on the status subresource: every field this controller owns, fenced by the version the
   * change was decided on.
   * @param now milliseconds since the epoch.
   */
  statusOf(request: RequestView, change: StatusChange, now: number): T;
  /** Whether the object is that request, and its status says what the change is to make it say. */
  holds(object: T, request: RequestView, change: StatusChange): boolean;
}
