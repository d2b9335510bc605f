import { Problem, retryAfter } from '../problem.ts';

/** Bounds what goes on at the same time: for each client, and for all of them together. */
export interface Slots {
  /** Takes one, and answers how to give it back; throws the problem where there is none. */
  readonly acquire: (client: string) => () => void;
}

export function slots({ ofOne, ofAll }: { readonly ofOne: number; readonly ofAll: number }, what: string): Slots {
  const taken = new Map<string, number>();
  let all = 0;
  const release = (client: string): void => {
    const rest = (taken.get(client) ?? 1) - 1;
    if (rest > 0) taken.set(client, rest);
    else taken.delete(client);
    all -= 1;
  };
  return {
    acquire: (client) => {
      const own = taken.get(client) ?? 0;
      if (own >= ofOne)
        throw new Problem(
          'too-many-requests',
          `This client has ${String(ofOne)} ${what}, and may have no more.`,
          retryAfter(1),
        );
      if (all >= ofAll) throw new Problem('overloaded', `There are ${String(ofAll)} ${what}.`, retryAfter(1));
      taken.set(client, own + 1);
      all += 1;
      return () => {
        release(client);
      };
    },
  };
}
