import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../support/loopback.ts';
import type { Answer, Backend } from './server.ts';

interface Question {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly protocolVersion?: string };
}

/** A server of the Model Context Protocol with one tool, over streamable HTTP. */
export const mcp: Answer = ({ method, target, body }) => {
  if (target !== '/mcp') return null;
  if (method !== 'POST') return { status: 405 };
  const answer = answerTo(body);
  return answer === null ? { status: 202 } : { body: answer };
};

/** The same in the older way: what is posted is answered in a stream of events. */
export async function serveMcpEvents(): Promise<Backend> {
  const asked: string[] = [];
  let events: ServerResponse | null = null;
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    if (request.method === 'GET' && request.url === '/sse') {
      events = response.writeHead(200, { 'content-type': 'text/event-stream' });
      events.write('event: endpoint\ndata: /messages\n\n');
      return;
    }
    void text(request).then((body) => {
      const answer = request.url === '/messages' ? answerTo(body) : null;
      response.writeHead(request.url === '/messages' ? 202 : 404).end();
      if (answer !== null) events?.write(`event: message\ndata: ${JSON.stringify(answer)}\n\n`);
    });
  });
  return { ...(await listenOnLoopback(server)), received: [], asked };
}

/** Notifications are not answered. */
function answerTo(body: string): object | null {
  const { id, method, params } = JSON.parse(body) as Question;
  return id === undefined ? null : { jsonrpc: '2.0', id, result: resultOf(method, params?.protocolVersion) };
}

function resultOf(method: string, protocolVersion = '2025-03-26'): object {
  if (method === 'tools/list') return { tools: [{ name: 'look', inputSchema: { type: 'object', properties: {} } }] };
  if (method !== 'initialize') return {};
  return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'test', version: '1' } };
}
