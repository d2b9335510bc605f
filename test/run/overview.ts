import type { BuiltPart, NeededProgram } from './parts.ts';

/** Printed before anything runs: what will be built, and what is missing. */
export interface Overview {
  readonly built: readonly string[];
  readonly toBuild: readonly BuiltPart[];
  /** Cannot be built: the program that builds it is missing. */
  readonly notBuildable: readonly BuiltPart[];
  readonly missing: readonly NeededProgram[];
}

export function overviewOf(parts: readonly BuiltPart[], programs: readonly NeededProgram[]): Overview {
  const missing = programs.filter((program) => !program.isThere());
  const absent = parts.filter((part) => !part.isBuilt());
  const isBuildable = (part: BuiltPart): boolean => missing.every(({ title }) => title !== part.with);
  return {
    built: parts.filter((part) => !absent.includes(part)).map(({ title }) => title),
    toBuild: absent.filter(isBuildable),
    notBuildable: absent.filter((part) => !isBuildable(part)),
    missing,
  };
}

export function renderOverview({ built, toBuild, notBuildable, missing }: Overview): string {
  const lines = [
    built.length > 0 ? `already built: ${built.join(', ')}` : '',
    toBuild.length > 0
      ? `will be built: ${toBuild.map((part) => `${part.title} (${minutesText(part.minutes)})`).join(', ')}, once per machine`
      : '',
    ...notBuildable.map((part) => `cannot be built: ${part.title}, which needs ${part.with}`),
    ...missing.map(({ title, remedy, neededBy }) => `missing: ${title}, for ${neededBy}; install it with: ${remedy}`),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function minutesText(minutes: number): string {
  return minutes < 1 ? `${String(Math.round(minutes * 60))} s` : `${String(minutes)} min`;
}
