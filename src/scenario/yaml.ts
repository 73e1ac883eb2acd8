/**
 * YAML 1.2, and with it JSON, as plain data whose places in the text are known.
 */

import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, Parser, parseDocument } from 'yaml';
import { formatPath, type Path } from './problems.ts';

/** Deeper than any scenario; the parser's own recursion must not be what ends a hostile file. */
const MAX_DEPTH = 50;
/** As many aliases as a file may resolve: a few lines of them can stand for gigabytes. */
const MAX_ALIASES = 100;

/** A place in the text: line and column from 1, offset from 0. */
interface Position {
  line: number;
  column: number;
  offset: number;
}

/** Something that is not YAML, or that is a trap. */
interface YamlFault {
  at: Position;
  path: Path;
  message: string;
}

export interface ParsedYaml {
  /** What the text says; where there are faults, what the parser made of the rest. */
  data: unknown;
  faults: YamlFault[];
  /** Where the syntax is broken first: nothing behind it can be relied on. Infinity: nowhere. */
  brokenAt: number;
  /** Where the value at a path stands, or its key; else whatever contains it. */
  positionOf(path: Path, part: 'key' | 'value'): Position;
}

/** Reads YAML. Nothing is thrown. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), offset };
  };
  const start: Position = { line: 1, column: 1, offset: 0 };
  const failed = (message: string): ParsedYaml => ({
    data: undefined,
    faults: [{ at: start, path: [], message }],
    brokenAt: 0,
    positionOf: () => start,
  });
  if (isTooDeep(text)) return failed(`is nested deeper than ${MAX_DEPTH} levels`);

  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: false,
    resolveKnownTags: false,
  });
  const { positions, repeated, dangling } = index(document.contents);
  const broken = [
    ...[...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
      at: positionAt(pos[0]),
      path: [],
      message:
        code === 'MULTIPLE_DOCS' ? 'begins a second document; a file has one' : `is not YAML: ${message}`,
    })),
    ...dangling.map(({ path, offset, name }) => ({
      at: positionAt(offset),
      path,
      message: `refers to &${name}, which does not stand before it`,
    })),
  ];
  let data: unknown;
  try {
    data = dangling.length > 0 ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return failed(`cannot be expanded: ${(error as Error).message}`);
  }
  return {
    data,
    faults: [
      ...broken,
      ...repeated.map(({ path, offset }) => ({
        at: positionAt(offset),
        path,
        message: `"${path.at(-1)}" stands here twice; leave one of them out`,
      })),
    ],
    brokenAt: broken.reduce((least, { at }) => Math.min(least, at.offset), Number.POSITIVE_INFINITY),
    positionOf(path, part) {
      for (let length = path.length; length > 0; length--) {
        const found = positions.get(formatPath(path.slice(0, length)));
        if (found !== undefined) return positionAt(length === path.length ? found[part] : found.key);
      }
      return start;
    },
  };
}

/**
 * Counts the nesting in what the parser makes of the text before it builds anything from it: that it does in
 * a loop.
 */
function isTooDeep(text: string): boolean {
  type Token = { value?: unknown; items?: { key?: unknown; value?: unknown }[] };
  const open: [token: unknown, depth: number][] = [...new Parser().parse(text)].map((token) => [token, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (typeof token !== 'object' || token === null) continue;
    if (depth > MAX_DEPTH) return true;
    const { value, items = [] } = token as Token;
    open.push([value, depth]);
    for (const item of items) open.push([item.key, depth + 1], [item.value, depth + 1]);
  }
  return false;
}

/** Where each value of a document stands by its path, keys that a map has again, and aliases of nothing. */
function index(contents: unknown) {
  const positions = new Map<string, { key: number; value: number }>();
  const repeated: { path: Path; offset: number }[] = [];
  const dangling: { path: Path; offset: number; name: string }[] = [];
  const anchors = new Set<string>();

  const place = (path: Path, node: unknown, keyOffset?: number) => {
    const isEmpty = isScalar(node) && node.value === null;
    const offset = (isEmpty ? keyOffset : undefined) ?? offsetOf(node) ?? keyOffset ?? 0;
    positions.set(formatPath(path), { key: keyOffset ?? offset, value: offset });
    visit(node, path);
  };
  const visit = (node: unknown, path: Path) => {
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchors.add(node.anchor);
    if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const offset = offsetOf(key) ?? 0;
        if (seen.has(name)) repeated.push({ path: [...path, name], offset });
        seen.add(name);
        visit(key, [...path, name]);
        place([...path, name], value, offset);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        place([...path, i], item);
      });
    } else if (isAlias(node) && !anchors.has(node.source)) {
      dangling.push({ path, offset: offsetOf(node) ?? 0, name: node.source });
    }
  };
  visit(contents, []);
  return { positions, repeated, dangling };
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
