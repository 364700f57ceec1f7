// Name servers that answer what a test says.

import type { Names, Service } from '../../../../node/host/network/discovery/names.ts';

type Answer<T> = readonly T[] | Error | 'never';

export interface StagedNames extends Names {
  /** By name; a name that is not there does not exist. */
  readonly hosts: Map<string, Answer<string>>;
  readonly records: Map<string, Answer<Service>>;
  /** Names that were looked up, in order. */
  readonly asked: string[];
}

/** As the system's resolvers reject. */
export const dnsError = (code: string): Error =>
  Object.assign(new Error(`queryA ${code} app.internal`), { code });

export function createStagedNames(hosts: Record<string, Answer<string>> = {}): StagedNames {
  const asked: string[] = [];
  const tell = <T>(answers: Map<string, Answer<T>>, name: string): Promise<readonly T[]> => {
    asked.push(name);
    const answer = answers.get(name) ?? dnsError('ENOTFOUND');
    if (answer === 'never') return new Promise(() => {});
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const staged = { hosts: new Map(Object.entries(hosts)), records: new Map() };
  return {
    ...staged,
    asked,
    addresses: (name) => tell(staged.hosts, name),
    services: (name) => tell(staged.records, name),
  };
}
