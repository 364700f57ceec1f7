// Error answers of a Worker before there is a node to give them: RFC 9457, as the app's own.

import type { ProblemAnswer } from '../http/answers/shapes.ts';

export function problem(status: number, code: string, title: string, detail: string): Response {
  const answer: ProblemAnswer = { type: 'about:blank', title, status, detail, code };
  const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' };
  return new Response(JSON.stringify(answer), { status, headers });
}
