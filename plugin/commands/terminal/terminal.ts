import { styleText } from 'node:util';
import { docsUrl } from '../../lib/messages/docs-url.ts';
import type { decisions } from '../flags/options.ts';

type Kind = (typeof decisions)[number];

/** What the terminal on stdout can show. */
export interface Terminal {
  /** Width; infinite if stdout is not a terminal. */
  readonly columns: number;
  /** The text in the colour of a decision, if colours are supported. */
  readonly colour: (kind: Kind, text: string) => string;
  /** The text as a link to a page of docs, if links are supported. */
  readonly link: (page: string, text: string) => string;
}

/** Traits of the terminal. */
export interface TerminalTraits {
  readonly columns: number;
  readonly colours: boolean;
  readonly links: boolean;
}

const colours = {
  selected: 'green',
  unhealthy: 'yellow',
  denied: 'red',
  redundant: 'cyan',
  rejected: 'dim',
  ignored: 'dim',
} as const satisfies Readonly<Record<Kind, Parameters<typeof styleText>[0]>>;

/** What any other output can show. */
const noTerminal: TerminalTraits = { columns: Infinity, colours: false, links: false };

export function terminalOf({ columns, colours: hasColours, links }: TerminalTraits = noTerminal): Terminal {
  return {
    columns,
    colour: (kind, text) => (hasColours ? styleText(colours[kind], text, { validateStream: false }) : text),
    // OSC 8, see https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda.
    link: (page, text) => (links ? `\u001B]8;;${docsUrl(page)}\u001B\\${text}\u001B]8;;\u001B\\` : text),
  };
}

/**
 * From the variables that terminals set: colours unless NO_COLOR is set (no-color.org), links if the terminal is known
 * to support them.
 */
export function traitsOf(
  columns: number | undefined,
  variables: Readonly<Record<string, string | undefined>>,
): TerminalTraits {
  if (columns === undefined) return noTerminal;
  const isDumb = variables.TERM === 'dumb';
  return {
    columns,
    colours: !isDumb && (variables.NO_COLOR ?? '') === '',
    links: !isDumb && hasLinks(variables),
  };
}

/** Terminals known to support links, by the variable that each sets. */
function hasLinks(variables: Readonly<Record<string, string | undefined>>): boolean {
  const { VTE_VERSION = '0', TERM_PROGRAM = '', KITTY_WINDOW_ID, WT_SESSION } = variables;
  return (
    Number(VTE_VERSION) >= 5_000 ||
    ['iTerm.app', 'WezTerm', 'vscode', 'ghostty'].includes(TERM_PROGRAM) ||
    KITTY_WINDOW_ID !== undefined ||
    WT_SESSION !== undefined
  );
}
