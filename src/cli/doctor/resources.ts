import type { Condition } from '../../api/conditions.ts';
import type { KubeObject, Resource } from '../../kube/resource.ts';

/** A CustomResourceDefinition, as far as it is compared. */
export interface StoredCrd extends KubeObject {
  readonly spec?: {
    readonly versions?: readonly {
      readonly name: string;
      readonly served?: boolean;
      readonly additionalPrinterColumns?: readonly { readonly name: string; readonly jsonPath: string }[];
      readonly schema?: { readonly openAPIV3Schema?: unknown };
    }[];
  };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

export const customResourceDefinitions: Resource<StoredCrd> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** A container, as far as it says how it was started. */
export interface Container {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** A Deployment, as far as it says what runs. */
export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec?: { readonly serviceAccountName?: string; readonly containers?: readonly Container[] };
    };
  };
  readonly status?: { readonly availableReplicas?: number };
}

export const deployments: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

export const serviceAccounts: Resource<KubeObject> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};

/** A configuration of admission webhooks of either kind, as far as it says what is sent to them. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly {
    readonly rules?: readonly { readonly apiGroups?: readonly string[] }[];
  }[];
}

function webhookConfigurations(kind: string): Resource<WebhookConfiguration> {
  return {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    kind,
    plural: `${kind.toLowerCase()}s`,
    namespaced: false,
  };
}

export const mutatingWebhookConfigurations = webhookConfigurations('MutatingWebhookConfiguration');

export const validatingWebhookConfigurations = webhookConfigurations('ValidatingWebhookConfiguration');
