import { readFileSync } from 'node:fs';

/** One instruction of a Dockerfile: `COPY` and all that follows it, continuation lines joined, arguments filled in. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** What stands below one FROM. */
export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads as much of the syntax as our own file uses. */
export function parseDockerfile(file: string | URL): Stage[] {
  const instructions = readFileSync(file, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseLine);
  const defaults = new Map(
    instructions.filter(({ name }) => name === 'ARG').map(({ rest }) => rest.split('=', 2) as [string, string]),
  );
  const filled = instructions.map(({ name, rest }) => ({
    name,
    rest: rest.replace(/\$\{(\w+)\}/g, (whole, key: string) => defaults.get(key) ?? whole),
  }));
  const starts = filled.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []));
  return starts.map((start, stage) => {
    const [base = '', , name = String(stage)] = words(filled[start]!.rest).filter((word) => !word.startsWith('--'));
    return { base, name, instructions: filled.slice(start + 1, starts[stage + 1]) };
  });
}

/** All instructions of one kind, without their name. */
export function all({ instructions }: Stage, name: string): string[] {
  return instructions.filter((instruction) => instruction.name === name).map(({ rest }) => rest);
}

/** Words of an instruction in its shell form; quotes hold words together. */
export function words(rest: string): string[] {
  return [...rest.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}

function parseLine(line: string): Instruction {
  const [, name = '', rest = ''] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
  return { name: name.toUpperCase(), rest };
}
