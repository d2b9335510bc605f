import type { Option } from '../flags/options.ts';

/** What a shell offers after a flag. */
export type ExpectedValue =
  | { readonly kind: 'none' | 'folder' | 'file' | 'text' }
  | { readonly kind: 'words'; readonly words: readonly string[] };

/** Depends on the placeholder shown in help. */
export function expectedValue({ value, values }: Option): ExpectedValue {
  if (value === undefined) return { kind: 'none' };
  if (values) return { kind: 'words', words: values };
  if (value === 'DIR') return { kind: 'folder' };
  return { kind: value.startsWith('FILE') ? 'file' : 'text' };
}

/** What a shell offers for an operand. */
export function expectedOperand(operands: string | undefined): ExpectedValue {
  if (operands === undefined) return { kind: 'none' };
  if (operands.includes('FILE')) return { kind: 'file' };
  if (operands.includes('DIR')) return { kind: 'folder' };
  return /^[a-z|]+$/.test(operands) ? { kind: 'words', words: operands.split('|') } : { kind: 'none' };
}
