import { PluginError } from '../../lib/errors.ts';
import { suggestion } from '../../lib/messages/did-you-mean.ts';

/** What a flag accepts, to follow `expected`. */
export const expected = {
  duration: 'a duration such as 45s or 2m',
  deadline: 'at most 1h',
  time: 'a time such as 2026-01-31T12:00:00Z',
  resync: 'at least 10s',
  namespaces: '* or names of namespaces such as monitoring,logging',
  argoCdServer: 'a URL such as https://argocd-server.argocd.svc',
  argoCdUrl: "the URL of Argo CD's UI such as https://argocd.example.com",
  gitWeb: 'HOST=KIND such as git.example.com=gitlab, where KIND is github, gitlab, gitea or bitbucket',
  namespace: 'the name of a namespace',
  lease: 'NAMESPACE/NAME',
  listen: 'HOST:PORT such as 0.0.0.0:8080',
  branch: 'the name of a branch such as main',
  repositoryPath: 'the path of a file in the repository, relative to its root, such as clusters/prod/values.yaml',
  noSettings: 'a file that no settings are read from, since it is overwritten',
  pointer: 'a JSON Pointer such as /holmes/toolsets',
  author: 'NAME <EMAIL>',
  forgeUrl: "the https URL of the forge's API such as https://gitea.example/api/v1",
  folderBelow: 'a folder below the working directory, to compare with the same path in --against',
  noValue: 'no value',
  value: 'a value; write --flag=VALUE for one that starts with -',
} as const;

/** All errors in the arguments, each with its sentence. */
export const usage = {
  unknownCommand: (name: string, known: readonly string[]) =>
    failure(`unknown command ${JSON.stringify(name)}${suggestion(name, known)}`),
  unknownFlag: (flag: string, known: readonly string[]) => failure(`unknown flag ${flag}${suggestion(flag, known)}`),
  inapplicable: (flag: string) => failure(`${flag} does not apply to this command`),
  commandMissing: () => failure('flags without a command'),
  unexpectedArgument: (argument: string) => failure(`unexpected argument ${JSON.stringify(argument)}`),
  unreadableArgument: (argument: string, reason: string, cause: unknown) =>
    failure(`${argument} cannot be read: ${reason}`, {
      hint: 'give folders with toolset.yaml and overrides.yaml, or files in them',
      cause,
    }),
  invalid: (flag: string, value: string, expectation: string) =>
    failure(`invalid ${flag} ${JSON.stringify(value)}: expected ${expectation}`),
  unsupportedRelease: (version: string, range: string) =>
    failure(`invalid --target-version ${JSON.stringify(version)}: expected one of HolmesGPT's releases ${range}`, {
      hint: 'give one such as 0.45; docs/holmesgpt.md lists what changes between releases',
    }),
  valueMissing: (flag: string) => failure(`${flag} needs a value`),
  flagMissing: (flag: string, needed: string) => failure(`${flag} needs ${needed}`),
  conflict: (flag: string, other: string, reason: string) =>
    failure(`${flag} cannot be combined with ${other}: ${reason}`),
  targetMissing: (targets: readonly string[]) =>
    failure(`one target is needed, but toolset.yaml has several: ${targets.join(', ')}`, {
      hint: 'name one with --target, by its format or by the NAMESPACE/NAME of its ConfigMap',
    }),
  shellMissing: () => failure('completion needs a shell: bash, zsh or fish'),
  serviceMissing: (flag: string) =>
    failure(`${flag} needs a Service`, {
      hint: 'name one: dynamic-toolset explain NAMESPACE/NAME --report',
    }),
  clusterMissing: (subject: string) =>
    failure(`${subject} needs one cluster, but spec.clusters names several`, {
      hint: 'name one of them with --cluster',
    }),
  serviceAmbiguous: (name: string, known: readonly string[]) =>
    failure(`several Services are called ${JSON.stringify(name)}: ${listed(known)}`, {
      hint: 'add its namespace: NAMESPACE/NAME',
    }),
  notLive: () => failure('doctor reads a live cluster, not a snapshot', { hint: 'leave --snapshot out' }),
  stdoutIsOverrides: () =>
    failure('stdout is the overrides file itself, which the shell has already emptied', {
      hint: 'restore it with git checkout, then run adopt --write',
    }),
} as const;

/** `a, b or c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${last}` : last;
}

function failure(
  message: string,
  options: { readonly hint: string; readonly cause?: unknown } = {
    hint: 'dynamic-toolset --help lists the commands, and dynamic-toolset COMMAND --help the flags of one',
  },
): PluginError {
  return new PluginError('USAGE', message, options);
}
