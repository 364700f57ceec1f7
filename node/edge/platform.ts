// What Cloudflare's runtime gives to a Worker and its Durable Objects, as far as a node uses it.

/** Rows of a statement; the counts are what is billed. */
export interface SqlCursor {
  toArray(): Record<string, string | number | ArrayBuffer | null>[];
  readonly rowsWritten: number;
}

/** All of an object's storage; writes before an answer or a call are kept before it goes out. */
export interface ObjectStorage {
  readonly sql: {
    exec(statement: string, ...values: (string | number | null)[]): SqlCursor;
    readonly databaseSize: number;
  };
  /** Values of 2 MB at most; each one written is a row. */
  readonly kv: {
    get<Value>(key: string): Value | undefined;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
  };
  /** Wall clock, ms; null while none is set, and while it is being answered. */
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

export interface ObjectContext {
  readonly storage: ObjectStorage;
  waitUntil(work: Promise<unknown>): void;
}

export interface ObjectStub {
  fetch(request: Request): Promise<Response>;
}

/** The objects of one class, by name; asking for one creates it. */
export interface ObjectNamespace {
  getByName(name: string): ObjectStub;
}

/** Bindings of the Worker: its objects, what was deployed, variables and secrets. */
export interface WorkerEnvironment {
  readonly NODES: ObjectNamespace;
  /** Another with each deployment; absent where the binding is left out. */
  readonly CF_VERSION_METADATA?: { readonly id: string };
  readonly [variable: string]: unknown;
}
