import { execFile } from 'node:child_process';
import { systemClock } from '../../lib/clock.ts';
import { PluginError } from '../../lib/errors.ts';
import { asObject, asString, parseJson } from '../../lib/json.ts';

/** A command that prints a credential, as in a kubeconfig. */
export interface ExecCommand {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What it printed. */
export interface ExecCredential {
  readonly token: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

const apiVersions = new Set(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']);

/** Any other could change which program runs, or have it run another: PATH, LD_PRELOAD, AWS_CONFIG_FILE. */
const allowedVariables = new Set([
  'AAD_ENVIRONMENT_NAME',
  'AAD_LOGIN_METHOD',
  'AAD_SERVICE_PRINCIPAL_CLIENT_ID',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_ROLE_ARN',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AZURE_CLIENT_ID',
  'AZURE_TENANT_ID',
]);

const timeoutMs = 20_000;
const maxBytes = 256 * 1024;

/** The credential of a command, which is run once for all requests until that expires. */
export class ExecCredentials {
  readonly #exec: ExecCommand;
  readonly #where: string;
  #current: ExecCredential | null = null;
  #running: Promise<ExecCredential> | null = null;

  constructor(exec: ExecCommand, where: string) {
    this.#exec = exec;
    this.#where = where;
    if (!apiVersions.has(exec.apiVersion)) throw this.#failure('has an apiVersion that is not known');
    const refused = Object.keys(exec.env).find((name) => !allowedVariables.has(name));
    if (refused !== undefined) throw this.#failure(`may not be given the variable ${JSON.stringify(refused)}`);
  }

  /** Requests that come while it runs wait for the same run. A failure is not kept: the next request tries again. */
  async get(): Promise<ExecCredential> {
    if (this.#current && this.#current.expiresAt > systemClock.epochMs()) return this.#current;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return (this.#current = await this.#running);
  }

  /** The next request runs it again, whenever that would expire: one without an expiry holds until the server refuses it. */
  forget(): void {
    this.#current = null;
  }

  /** What it prints may hold a credential, also where it fails: none of it is told. */
  async #run(): Promise<ExecCredential> {
    const { apiVersion, command, args, env } = this.#exec;
    const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
    const variables = Object.entries({ ...env, KUBERNETES_EXEC_INFO: info }).map(([name, value]) => `${name}=${value}`);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // Through env(1) for its variables: the environment of this process is read in main.ts alone.
    execFile('env', [...variables, command, ...args], { timeout: timeoutMs, maxBuffer: maxBytes }, (error, stdout) => {
      if (error) reject(this.#failure(`ended with ${String(error.code ?? error.signal)}`));
      else resolve(stdout);
    });
    const credential = credentialIn(await promise);
    if (credential) return credential;
    throw this.#failure('printed no credential');
  }

  #failure(problem: string): PluginError {
    const command = JSON.stringify(this.#exec.command.slice(0, 80));
    return new PluginError('CLUSTER_UNAUTHORIZED', `${this.#where}: the command ${command} ${problem}`, {
      hint: "run it in the plugin's container: what it prints is not shown here, for that may hold a credential",
    });
  }
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

/** What may stand in a header. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,65536}$/.test(text);
}
