// The orchestrator's page as HTML: start, stop, and how all stands.

import { html, raw } from 'hono/html';
import { REFRESH_SECONDS, SCRIPT } from './script.ts';
import type { Status } from './session.ts';
import { STYLE } from './style.ts';

type Markup = ReturnType<typeof html>;

export interface PageContent {
  readonly status: Status;
  readonly fallback: string;
  readonly presets: readonly string[];
}

const actions = ({ status, fallback, presets }: PageContent): Markup => {
  const names = [...new Set([fallback, ...presets])];
  const chosen = status.file === '' ? fallback : status.file;
  const options = names.map(
    (name) => html`<option${name === chosen ? raw(' selected') : ''}>${name}</option>`,
  );
  const { state } = status;
  return html`<div class="actions"><form action="start" method="post">
<select name="file" aria-label="Experiment">${options}</select>
<label><input type="checkbox" name="resume" value="1">go on where it was stopped</label>
<button id="start"${state === 'idle' ? '' : raw(' disabled')}>Start</button></form>
<form action="stop" method="post">
<button id="stop"${state === 'running' ? '' : raw(' disabled')}>Stop</button></form></div>`;
};

const headingOf = ({ state, file }: Status): string => {
  if (file === '') return 'nothing started yet';
  return state === 'idle' ? file : `${file}, ${state}`;
};

export const renderPage = (content: PageContent): Markup => {
  const { share, progress, lines, experiment: number = 'ID' } = content.status;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>
<title>Experiments · PrioMon</title><link rel="icon" href="data:,">
<style>${raw(STYLE)}</style></head><body><main>
<h1><small>PRIOMON EXPERIMENTS</small><span id="state">${headingOf(content.status)}</span></h1>
${actions(content)}
<p class="note" id="lost" role="alert" hidden>No answer; this is how it stood last.</p>
<progress id="bar" max="1" value="${share}" aria-label="Done of the experiment"></progress>
<p id="at" role="status">${progress}</p>
<ol id="lines">${lines.map((line) => html`<li>${line}</li>`)}</ol>
<p class="note">Figures: <code>npm run results -- show <span id="number">${number}</span></code>
· all of them as a report: <code>npm run site</code></p>
</main><script>${raw(SCRIPT)}</script></body></html>
`;
};
