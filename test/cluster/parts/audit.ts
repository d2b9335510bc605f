import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Request } from './request.ts';
import { patienceMs } from '../../support/until.ts';

/** The fields of an audit event that tests look at. */
export interface AuditEvent {
  readonly auditID: string;
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * Every event up to now. The server writes an event before it ends the response, so a request sent last, with a mark
 * in its address, marks the place up to which the log is whole.
 */
export async function readAuditEvents(request: Request, auditLog: string): Promise<readonly AuditEvent[]> {
  const mark = `/version?audit-mark=${randomUUID()}`;
  await request('GET', mark);
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const content = await readFile(auditLog, 'utf8');
    const end = content.indexOf(mark);
    if (end !== -1) return parseLines(content.slice(0, content.lastIndexOf('\n', end) + 1));
    if (performance.now() > deadline) throw new Error(`no event of ${mark} in ${auditLog} after ${patienceMs} ms`);
    await delay(10);
  }
}

function parseLines(content: string): readonly AuditEvent[] {
  const lines = content.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => !event.requestURI.includes('audit-mark='));
}
