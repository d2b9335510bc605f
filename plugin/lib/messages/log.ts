import { isPluginError } from '../errors.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { codeUrl } from './docs-url.ts';
import { clipped, printable } from './text.ts';

/** Maximum length of a message: Argo CD keeps the whole text in the Application's status. */
const maxChars = 4_000;

/** Writes to stderr: plain text on a terminal, otherwise one JSON object per line. */
export interface Log {
  readonly failure: (error: unknown) => void;
  readonly warning: (warning: Diagnostic) => void;
  readonly note: (message: string) => void;
}

/**
 * `write` receives whole lines; `terminal` selects plain text. `failuresInWords` selects it for failures only: Argo CD
 * shows these to people, and nothing else from stderr.
 */
export function stderrLog(write: (text: string) => void, terminal: boolean, failuresInWords = terminal): Log {
  const say = (text: string, entry: object, inWords = terminal): void => {
    write(inWords ? text.split('\n').map(printable).join('\n') : `${printable(JSON.stringify(entry))}\n`);
  };
  return {
    failure: (error) => {
      say(words(error), entryOf(error), failuresInWords);
    },
    note: (message) => {
      say(`Note: ${message}\n`, { level: 'note', message });
    },
    warning: (diagnostic) => {
      const { code } = diagnostic;
      const message = clipped(formatDiagnostic(diagnostic), maxChars);
      say(`Warning: ${message}\n${code}: ${codeUrl(code)}\n`, { level: 'warning', code, message });
    },
  };
}

function words(error: unknown): string {
  if (isPluginError(error))
    return `Error: ${clipped(error.message, maxChars)}\n${error.hint}\n${error.code}: ${codeUrl(error.code)}\n`;
  return `Error: a bug in dynamic-toolset: ${stackOf(error)}\nreport it with this text\n`;
}

function entryOf(error: unknown): object {
  if (isPluginError(error))
    return { level: 'error', code: error.code, message: clipped(error.message, maxChars), hint: error.hint };
  return {
    level: 'error',
    code: 'BUG',
    message: 'a bug in dynamic-toolset, report it with this text',
    stack: stackOf(error),
  };
}

function stackOf(error: unknown): string {
  return clipped(error instanceof Error ? (error.stack ?? error.message) : String(error), maxChars);
}
