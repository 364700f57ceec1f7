// What tests inside workerd are given besides Vitest; the plugin's own declarations want the types
// of the whole platform.

declare module 'cloudflare:test' {
  import type { ObjectContext, ObjectNamespace, ObjectStub } from '../../../node/edge/platform.ts';

  /** Runs a function inside an object, with its storage. */
  export function runInDurableObject<Result>(
    stub: ObjectStub,
    callback: (instance: unknown, context: ObjectContext) => Result | Promise<Result>,
  ): Promise<Result>;
  /** Runs an object's alarm now; false when none is set. */
  export function runDurableObjectAlarm(stub: ObjectStub): Promise<boolean>;
  /** Ends an object's memory; its storage stays. */
  export function evictDurableObject(stub: ObjectStub): Promise<void>;
  /** Empties all storage. */
  export function reset(): Promise<void>;
  /** What a Worker's clock hands over. */
  export function createScheduledController(): unknown;
  export function listDurableObjectIds(objects: ObjectNamespace): Promise<unknown[]>;
}

declare module 'cloudflare:workers' {
  import type { WorkerEnvironment } from '../../../node/edge/platform.ts';

  export const env: WorkerEnvironment;
  /** What the Worker exports; its default answers requests. */
  export const exports: {
    readonly default: { fetch(url: string, init?: RequestInit): Promise<Response> };
  };
}
