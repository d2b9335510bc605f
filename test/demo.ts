import { createTwoFilesPatch } from 'diff';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { run as runProgram } from '../plugin/commands/run.ts';
import { traitsOf } from '../plugin/commands/terminal/terminal.ts';
import { stderrLog } from '../plugin/lib/messages/log.ts';

/** What the program does, shown on a recorded cluster: no cluster, no network, nothing written outside a temporary folder. */
const repository = join(import.meta.dirname, '..');
const example = 'manifests/examples/holmesgpt';
const recording = 'manifests/examples/cluster.yaml';
const { colours: hasColours } = traitsOf(process.stdout.isTTY ? process.stdout.columns : undefined, process.env);
const width = Math.min(Math.max(process.stdout.columns || 120, 80), 120);

const folder = mkdtempSync(join(tmpdir(), 'dynamic-toolset-demo-'));
process.once('exit', () => {
  rmSync(folder, { recursive: true });
});

heading('1. What is in the cluster, what is taken, and why');
say(`${recording} is a recorded cluster: kube-prometheus-stack, Loki, Tempo, Elasticsearch that does not
start, Argo CD, a shop. Whatever looks like a backend is listed, with the reason for taking it or not.`);
show(await run(example, 'explain'));

heading('2. What Argo CD gets');
say(`The ConfigMap that HolmesGPT loads. Argo CD runs this command, compares the manifest with the cluster and
applies it.`);
const before = await run(example, 'generate');
show(before);

heading('3. Git has the last word');
say('Prometheus is queried through Thanos in another cluster, which no Service tells of. One line says so:');
const shipped = readFileSync(join(repository, example, 'overrides.yaml'), 'utf8');
const changed = shipped.replace(/( *)query_timeout/, "$1prometheus_url: 'https://thanos.example.com'\n$&");
cpSync(join(repository, example), folder, { recursive: true });
writeFileSync(join(folder, 'overrides.yaml'), changed);
prompt(`cp -r ${example} my-app`, '$EDITOR my-app/overrides.yaml');
show(difference('overrides.yaml', shipped, changed));

heading('4. What that changes');
say(
  'One line of the toolsets, as in Git, and where in Git it stands. This is the difference that Argo CD shows and applies:',
);
const after = await run('my-app', 'generate', ' | diff -u before.yaml -');
show(difference('ConfigMap', before, after));
say('explain says which values come from Git (OVERRIDDEN, as JSON pointers into the toolset):');
show((await run('my-app', 'explain')).replace(/^DECISION[^]*?\n\n/, ''));

/** Runs the program as a user would, and shows the command. `my-app` stands for the changed copy. */
async function run(path: string, command: string, rest = ''): Promise<string> {
  prompt(`dynamic-toolset ${command} --path ${path} \\\n    --snapshot ${recording}${rest}`);
  const absolute = path === 'my-app' ? folder : join(repository, path);
  const args = [command, '--path', absolute, '--snapshot', join(repository, recording)];
  let printed = '';
  await runProgram(args, packageJson.version, {
    stdout: (text) => {
      printed += text;
      return Promise.resolve();
    },
    log: stderrLog((text) => process.stderr.write(text), true),
    environment: { terminal: { columns: width, colours: hasColours, links: false } },
  });
  return printed;
}

function difference(name: string, old: string, now: string): string {
  const patch = createTwoFilesPatch(`${name} (before)`, `${name} (after)`, old, now, '', '', { context: 2 });
  return patch.replace(/^=+\n/, '');
}

function heading(text: string): void {
  console.log(`${bold(text)}\n`);
}

function say(text: string): void {
  console.log(`${text}\n`);
}

function prompt(...commands: readonly string[]): void {
  for (const command of commands) console.log(bold(`$ ${command}`));
}

/** A line that is longer than the terminal is cut, marked with an ellipsis. */
function show(text: string): void {
  const lines = text.trimEnd().split('\n');
  console.log(`${lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line)).join('\n')}\n`);
}

function bold(text: string): string {
  return process.stdout.isTTY ? `\u001B[1m${text}\u001B[0m` : text;
}
