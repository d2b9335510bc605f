import { isAlias, isCollection, isMap, isScalar, visit } from 'yaml';
import type { Document, Node, ParsedNode, YAMLMap } from 'yaml';
import { offsetOfNode } from './nodes.ts';

const maxAliases = 100;
export const maxDepth = 64;
export const tooDeep = `is nested more than ${String(maxDepth)} levels deep`;
export const hasTag = ['has a tag, which is not supported', 'write the plain value'] as const;
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** Records a problem; returns false once there are enough. */
type Report = (offset: number, what: string, hint: string) => boolean;

/** What is wrong with the keys of a map. */
export type KeyRule = (map: YAMLMap) => Problem[];

/** Checks every node; stops where continuing is pointless. */
export function checkNodes(document: Document<ParsedNode>, problemsOfKeys: KeyRule, report: Report): void {
  const anchors = new Set<string>();
  let aliases = 0;
  visit(document, {
    Node(_, node, path) {
      const offset = offsetOfNode(node);
      if (isCollection(node) && path.filter(isCollection).length >= maxDepth) {
        report(offset, tooDeep, 'flatten it');
        return visit.BREAK;
      }
      if (!isAlias(node) && node.anchor !== undefined) anchors.add(node.anchor);
      if (isAlias(node) && (aliases += 1) > maxAliases) {
        const what = `is alias number ${String(aliases)}: more than ${String(maxAliases)} are refused`;
        report(offset, what, 'write the values out');
        return visit.BREAK;
      }
      const isEnough = problemsOf(node, anchors, problemsOfKeys).some((one) => !report(...one));
      return isEnough ? visit.BREAK : undefined;
    },
  });
}

type Problem = Parameters<Report>;

function problemsOf(node: Node, anchors: ReadonlySet<string>, problemsOfKeys: KeyRule): Problem[] {
  const offset = offsetOfNode(node);
  if (isAlias(node)) {
    const what = `refers to the anchor &${node.source}, which is not defined before it`;
    return anchors.has(node.source) ? [] : [[offset, what, 'write the value out, or put it in quotes if it is a glob']];
  }
  return [
    ...(node.tag === undefined ? [] : [[offset, ...hasTag] as Problem]),
    ...(isScalar(node) ? scalarProblems(node.value, offset) : []),
    ...(isMap(node) ? problemsOfKeys(node) : []),
  ];
}

function scalarProblems(value: unknown, offset: number): Problem[] {
  if (typeof value === 'string' && !value.isWellFormed())
    return [[offset, 'holds half of a character (a lone surrogate)', 'write the whole character']];
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return [];
  if (!Number.isFinite(value)) return [[offset, 'is not a finite number', 'put it in quotes']];
  if (!Number.isInteger(value)) return [];
  return [[offset, 'is a number too large to be kept exactly', 'put it in quotes']];
}

/** For a file from Git: keys are strings, each once, and none merges another map. */
export function keyProblems(map: YAMLMap): Problem[] {
  const names = new Set<string>();
  return map.items.flatMap(({ key }): Problem[] => {
    const [problem] = keyProblem(key);
    if (problem || !isScalar(key)) return problem ? [problem] : [];
    const offset = offsetOfNode(key);
    const name = key.value as string;
    if (names.has(name))
      return [[offset, `repeats the key ${JSON.stringify(name)} of the same map`, 'keep one of them']];
    names.add(name);
    if (key.type === 'PLAIN' && name.startsWith('//'))
      return [[offset, 'has a comment with //, which YAML reads as text', 'start the comment with #']];
    return name === '<<' ? [[offset, 'is a merge key, which is not supported', 'write the values out']] : [];
  });
}

/** For a live file, in which consumers accept merge keys and repeated ones. */
export function liveKeyProblems(map: YAMLMap): Problem[] {
  return map.items.flatMap(({ key }) => keyProblem(key));
}

function keyProblem(key: unknown): Problem[] {
  const offset = offsetOfNode(key);
  if (isTemplate(key)) return [[offset, 'is a template without quotes', 'write it in quotes: "{{ env.NAME }}"']];
  if (!isScalar(key) || typeof key.value !== 'string')
    return [[offset, 'has a key that is not a string', 'put the key in quotes']];
  return forbiddenKeys.has(key.value) ? [[offset, `has the key ${key.value}, which is refused`, 'rename the key']] : [];
}

/** `{{ env.NAME }}` without quotes is a map whose key is a map. */
function isTemplate(key: unknown): boolean {
  return isMap(key) && key.flow === true && key.items.length === 1 && (key.items[0]?.value ?? null) === null;
}
