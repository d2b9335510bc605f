import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Request } from './request.ts';
import { patienceMs, untilSeen } from '../../support/until.ts';

/** The fields of an audit event that tests read. */
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
 * Every event so far. The server writes an event before it ends the response, so a final request with a mark in its
 * address marks the point up to which the log is complete.
 */
export async function readAuditEvents(request: Request, auditLog: string): Promise<readonly AuditEvent[]> {
  const mark = `/version?audit-mark=${randomUUID()}`;
  await request('GET', mark);
  const content = await untilSeen(
    () => readFile(auditLog, 'utf8'),
    (log) => log.includes(mark),
    () => `no event of ${mark} in ${auditLog} after ${patienceMs} ms`,
  );
  return parseLines(content.slice(0, content.lastIndexOf('\n', content.indexOf(mark)) + 1));
}

function parseLines(content: string): readonly AuditEvent[] {
  const lines = content.split('\n').filter((line) => line !== '');
  return lines
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => !event.requestURI.includes('audit-mark='));
}
