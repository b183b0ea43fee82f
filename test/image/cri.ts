import { credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** A message of the Container Runtime Interface, with the names of its definition. */
export type CriMessage = Readonly<Record<string, unknown>>;

/** The runtime service of containerd, as the kubelet calls it. */
export interface Cri {
  /** Calls a method: `RunPodSandbox`. @throws with what containerd said. */
  call<T = CriMessage>(method: string, request: CriMessage): Promise<T>;
  close(): void;
}

type Method = (
  request: CriMessage,
  options: { deadline: number },
  done: (error: ServiceError | null, answer: unknown) => void,
) => void;

/** @param proto the definition. @param socket of containerd. */
export function connectCri(proto: string, socket: string): Cri {
  const definition = loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true });
  const { runtime } = loadPackageDefinition(definition) as unknown as {
    readonly runtime: { readonly v1: { readonly RuntimeService: new (...args: readonly unknown[]) => unknown } };
  };
  const client = new runtime.v1.RuntimeService(`unix://${socket}`, credentials.createInsecure()) as Record<string, Method> & {
    close(): void;
  };
  return {
    async call<T>(method: string, request: CriMessage): Promise<T> {
      return await new Promise<T>((resolve, reject) => {
        const ask = client[method];
        if (ask === undefined) throw new Error(`the Container Runtime Interface has no method ${method}`);
        ask.call(client, request, { deadline: Date.now() + 60_000 }, (error, answer) => {
          if (error === null) resolve(answer as T);
          else reject(new Error(`${method}: ${error.details}`, { cause: error }));
        });
      });
    },
    close: () => client.close(),
  };
}
