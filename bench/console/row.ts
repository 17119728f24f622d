import { KIB } from '../markdown.ts';
import type { Frames } from './browser.ts';
import type { ConsoleResult } from './main.ts';

/** What the console showed, a line each. */
export function consoleRows(result: ConsoleResult) {
  const { firstLoadBytes, services, topologyMs, draggedAtOnce, dragged, watchedShare, reports } = result;
  return [
    ['first load, as it comes over the wire', `${(firstLoadBytes / KIB).toFixed(0)} KiB`],
    [`topology of ${services} services: until it stands`, `${(topologyMs / 1000).toFixed(1)} s`],
    ['… dragged about as soon as it stands (numbers wait while it is moved)', framesText(draggedAtOnce)],
    ['… dragged about once more', framesText(dragged)],
    ['… cores that the server takes meanwhile (agents tell up to twice a second)', watchedShare.toFixed(2)],
    [
      `cores that the server takes of reports of ${reports.agents.toLocaleString('en')} agents each 5 s`,
      reports.share.toFixed(2),
    ],
  ];
}

function framesText({ perSecond, longestMs }: Frames): string {
  return `${perSecond.toFixed(0)} frames a second, the longest ${longestMs.toFixed(0)} ms`;
}
