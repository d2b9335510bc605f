import type { Detector } from './types.ts';

/** Only an annotation selects these two: nothing else in a Service identifies them. */
const byAnnotation = {
  byDefault: 'on',
  sources: ['https://github.com/jordigilh/kubernaut'],
  words: [],
  evidence: [],
  ports: { names: ['http', 'https', 'web', 'mcp', 'mcp-http', 'api'], numbers: [80, 443, 8080, 8000] },
  scheme: 'http',
} as const;

/** `kubernaut.io/toolset-type: mcp`: a Model Context Protocol server with streamable HTTP. */
export const mcp: Detector = {
  ...byAnnotation,
  id: 'mcp',
  title: 'MCP server',
  toolset: 'mcp',
  entryPoints: [{ name: 'server', path: '/mcp' }],
  probe: null,
};

/** `kubernaut.io/toolset-type: custom`, or a type that no detector has: any HTTP API that its owner describes. */
export const custom: Detector = {
  ...byAnnotation,
  id: 'custom',
  title: 'HTTP API',
  toolset: 'custom',
  entryPoints: [{ name: 'server' }],
  probe: { path: '/', contains: [] },
};
