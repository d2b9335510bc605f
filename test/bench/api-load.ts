import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { quantile, spread } from './measure.ts';
import type { Spread } from './measure.ts';

export const perSecond = 100;
const seconds = 10;
export const requests = perSecond * seconds;

/** What a page and an operator's script ask for. */
const paths = [
  '/api/v1/toolsets',
  '/api/v1/toolsets/prometheus/metrics',
  '/api/v1/services?limit=50',
  '/api/v1/explain?limit=50',
  '/api/v1/explain?decision=ignored&sort=service&limit=50&offset=2000',
  '/api/v1/explain?search=team-1&limit=50',
  '/api/v1/applications',
  '/api/v1/configmaps',
];

/** Latency of requests that are sent at a fixed rate, whether earlier ones were answered or not. */
export interface Latency extends Spread {
  readonly p99Ms: number;
  /** Not answered with 200. */
  readonly failed: number;
}

/** Asks for a mix of everything, 100 times a second for ten seconds. */
export async function load(url: string, token: string): Promise<Latency> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  let failed = 0;
  const start = performance.now();
  const asked: Promise<void>[] = [];
  for (let index = 0; index < requests; index += 1) {
    const due = start + (index * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    const path = paths[index % paths.length]!;
    asked.push(
      get(url + path, token, agent).then((status) => {
        // From when it was due: a client that waits for others waits all the same.
        times.push(performance.now() - due);
        if (status !== 200) failed += 1;
      }),
    );
  }
  await Promise.all(asked);
  agent.destroy();
  return { ...spread(times), p99Ms: quantile(times, 0.99), failed };
}

/** Opens that many event streams; answers how to close them. */
export async function openStreams(url: string, token: string, count: number): Promise<() => void> {
  const agent = new Agent();
  const open = (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    request(`${url}/api/v1/events`, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.on('error', () => undefined).resume();
      if (response.statusCode === 200) resolve(undefined);
      else reject(new Error(`an event stream got status ${String(response.statusCode)}`));
    })
      .on('error', reject)
      .end();
    return promise;
  };
  await Promise.all(Array.from({ length: count }, open));
  return () => {
    agent.destroy();
  };
}

function get(url: string, token: string, agent: Agent): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  request(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
    response.resume().on('end', () => {
      resolve(response.statusCode ?? 0);
    });
  })
    .on('error', () => {
      resolve(0);
    })
    .end();
  return promise;
}
