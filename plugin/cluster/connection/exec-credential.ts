import { execFile } from 'node:child_process';
import { systemClock } from '../../lib/clock.ts';
import type { PluginError } from '../../lib/errors.ts';
import { codeOf } from '../../lib/errors.ts';
import type { Json } from '../../lib/json.ts';
import { asObject, asString, parseJson } from '../../lib/json.ts';
import { clipped } from '../../lib/messages/text.ts';
import type { ProcessVariables } from './connection.ts';

/** A command that prints a credential, as in a kubeconfig. */
export interface ExecCommand {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The cluster that the credential is for, if the command is to be told about it. */
  readonly cluster?: Json | undefined;
}

/** The printed credential. */
export interface ExecCredential {
  readonly token: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface ExecOptions {
  /** Variables of this process, inherited by the command. */
  readonly variables: ProcessVariables;
  /** The command is killed after this time: it may prompt people, or wait forever. */
  readonly timeoutMs: number;
  /** Creates the error for a command that provides no credential. */
  readonly failure: (failure: ExecFailure) => PluginError;
}

/** Why there is no credential. */
export interface ExecFailure {
  /** Continues the name of the command. Excludes its output, which may hold a credential. */
  readonly problem: string;
  /** The first line on stderr; empty if there is none. */
  readonly output: string;
  readonly isMissing: boolean;
}

const maxBytes = 256 * 1024;
const maxOutput = 300;

/** The credential printed by a command, which runs once for all requests until the credential expires. */
export class ExecCredentials {
  readonly #exec: ExecCommand;
  readonly #options: ExecOptions;
  #current: ExecCredential | null = null;
  #running: Promise<ExecCredential> | null = null;

  constructor(exec: ExecCommand, options: ExecOptions) {
    this.#exec = exec;
    this.#options = options;
  }

  /** Concurrent requests share one run. A failure is not kept: the next request tries again. */
  async get(): Promise<ExecCredential> {
    if (this.#current && this.#current.expiresAt > systemClock.epochMs()) return this.#current;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return (this.#current = await this.#running);
  }

  /**
   * Makes the next request run the command again, whatever the expiry: a credential without one is valid until the
   * server refuses it.
   */
  forget(): void {
    this.#current = null;
  }

  async #run(): Promise<ExecCredential> {
    const { apiVersion, command, args, env, cluster } = this.#exec;
    const { variables, timeoutMs, failure } = this.#options;
    const spec = { ...(cluster ? { cluster } : {}), interactive: false };
    const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
    const options = {
      env: { ...variables, ...env, KUBERNETES_EXEC_INFO: info },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxBytes,
    } as const;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    try {
      const child = execFile(command, args, options, (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else reject(failure(failureOf(error, stderr, timeoutMs)));
      });
      // A command that prompts reads the end of its input at once, as under kubectl without a terminal.
      child.stdin?.end();
    } catch {
      // The name is empty, or an argument contains an invalid character: Node's own message would show it.
      reject(failure({ problem: 'cannot be run with these arguments', output: '', isMissing: false }));
    }
    const credential = credentialIn(await promise);
    if (credential) return credential;
    throw failure({ problem: 'printed no credential', output: '', isMissing: false });
  }
}

function failureOf(
  error: Error & { readonly killed?: boolean; readonly signal?: string | null | undefined },
  stderr: string,
  timeoutMs: number,
): ExecFailure {
  const code = codeOf(error);
  const output = stderr.split('\n').find((line) => line.trim() !== '') ?? '';
  const isLate = error.killed === true && error.signal === 'SIGKILL';
  const problem = isLate ? `did not end within ${String(timeoutMs / 1000)} s` : `ended with ${reasonOf(code, error)}`;
  return { problem, output: clipped(output.trim(), maxOutput), isMissing: code === 'ENOENT' };
}

function reasonOf(code: string, { signal }: { readonly signal?: string | null | undefined }): string {
  return code === '' || code === 'null' ? String(signal) : code;
}

function credentialIn(stdout: string): ExecCredential | null {
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = asObject(parseJson(stdout).status);
  const [cert, key] = [asString(clientCertificateData), asString(clientKeyData)];
  const bearer = asString(token).trim();
  if (bearer === '' && (cert === '' || key === '')) return null;
  if (bearer !== '' && !isToken(bearer)) return null;
  const expiresAt = Date.parse(asString(expirationTimestamp));
  return {
    token: bearer === '' ? null : bearer,
    certificate: cert === '' || key === '' ? null : { cert, key },
    expiresAt: Number.isNaN(expiresAt) ? Infinity : expiresAt,
  };
}

/** Whether the text may stand in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,65536}$/.test(text);
}
