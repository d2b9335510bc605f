import type { RequestOptions } from 'node:https';
import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import { isPluginError, PluginError } from '../../lib/errors.ts';
import { KeptAgents } from '../connection/agents.ts';
import type { Connection, ProcessVariables } from '../connection/connection.ts';
import type { ExecCommand, ExecCredential } from '../connection/exec-credential.ts';
import { ExecCredentials } from '../connection/exec-credential.ts';
import type { AccessRules, ClusterAccess } from './access.ts';
import { invalidAccess, proxyTo, usableServer } from './access.ts';

/** Where the access to one cluster is defined. */
export interface AccessSource {
  /** What to look at, for messages. */
  readonly where: string;
  /** Reads it again. Rejects with CLUSTER_ACCESS_INVALID, or CLUSTER_UNKNOWN once it is gone. */
  readonly load: () => Promise<ClusterAccess>;
  /** How long the result stays fresh, in milliseconds. */
  readonly freshForMs: number;
}

/**
 * Read failures that say nothing about the access itself: the previous access stays valid until it can be read again.
 */
const passing = new Set(['CLUSTER_UNREACHABLE', 'CLUSTER_FAILED', 'DEADLINE_EXCEEDED']);

/**
 * A connection to one cluster within the rules. Its access is read again as it ages: a rotated token or a renewed
 * certificate takes effect then, and access that is gone or no longer allowed fails the next request.
 */
export class AccessConnection implements Connection {
  readonly server: URL;
  readonly #source: AccessSource;
  readonly #rules: AccessRules;
  readonly #clock: Clock;
  readonly #agents: KeptAgents;
  #access: ClusterAccess;
  #proxy: URL | null;
  #exec: ExecCredentials | null;
  #readAt: number;
  #reading: Promise<void> | null = null;

  /** `access` is what the source returned just now. Sends nothing yet. Fails with CLUSTER_ACCESS_INVALID. */
  constructor(access: ClusterAccess, source: AccessSource, rules: AccessRules, clock: Clock = systemClock) {
    this.server = usableServer(access, rules, source.where);
    this.#source = source;
    this.#rules = rules;
    this.#clock = clock;
    this.#agents = new KeptAgents(this.server);
    this.#access = access;
    this.#proxy = proxyTo(this.server, access, rules, source.where);
    this.#exec = access.exec && execCredentials(access.exec, source.where, rules.variables);
    this.#readAt = clock.now();
  }

  readonly authenticate = async (): Promise<RequestOptions> => {
    if (this.#clock.now() - this.#readAt >= this.#source.freshForMs) await this.#readOnce();
    const execCredential = this.#exec ? await this.#exec.get() : null;
    const { insecure, serverName, ca, certificate } = this.#access;
    const { cert, key } = execCredential?.certificate ?? certificate ?? {};
    const request = {
      ...(ca === null ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
      ...(serverName === null ? {} : { servername: serverName }),
      ...(insecure ? { rejectUnauthorized: false } : {}),
    };
    return {
      ...request,
      headers: authorizationOf(this.#access, execCredential),
      agent: await this.#agents.agentFor(request, this.#proxy),
    };
  };

  readonly rejected = (): void => {
    this.#exec?.forget();
    this.#readAt = -Infinity;
  };

  readonly close = (): void => {
    this.#agents.close();
  };

  /** Concurrent requests share one read. */
  #readOnce(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const access = await this.#source.load().catch((error: unknown) => {
      if (isPluginError(error) && passing.has(error.code)) return this.#access;
      throw error;
    });
    const { where } = this.#source;
    if (usableServer(access, this.#rules, where).href !== this.server.href) {
      throw invalidAccess(where, 'its server has changed', 'the next run opens the cluster again');
    }
    this.#proxy = proxyTo(this.server, access, this.#rules, where);
    if (JSON.stringify(access.exec) !== JSON.stringify(this.#access.exec)) {
      this.#exec = access.exec && execCredentials(access.exec, where, this.#rules.variables);
    }
    this.#access = access;
    this.#readAt = this.#clock.now();
  }
}

const execTimeoutMs = 20_000;

/** The command's output may hold a credential, even on failure: none of it is reported. */
function execCredentials(exec: ExecCommand, where: string, variables: ProcessVariables = {}): ExecCredentials {
  const command = JSON.stringify(exec.command.slice(0, 80));
  return new ExecCredentials(exec, {
    variables,
    timeoutMs: execTimeoutMs,
    failure: ({ problem }) =>
      new PluginError('CLUSTER_UNAUTHORIZED', `${where}: the command ${command} ${problem}`, {
        hint: "run it in the plugin's container: its output is not shown here, since it may hold a credential",
      }),
  });
}

function authorizationOf(
  { token, basic }: ClusterAccess,
  execCredential: ExecCredential | null,
): Record<string, string> {
  const bearer = execCredential?.token ?? token;
  if (bearer !== null) return { authorization: `Bearer ${bearer}` };
  if (!basic) return {};
  const pair = Buffer.from(`${basic.username}:${basic.password}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}
