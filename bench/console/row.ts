import { KIB } from '../markdown.ts';
import type { ConsoleResult } from './main.ts';

/** What the console showed, a line each. */
export function consoleRows({ firstLoadBytes, services, topologyMs, dragged, watchedShare, reports }: ConsoleResult) {
  return [
    ['first load, as it comes over the wire', `${(firstLoadBytes / KIB).toFixed(0)} KiB`],
    [`topology of ${services} services: until it stands`, `${(topologyMs / 1000).toFixed(1)} s`],
    [
      '… dragged about while numbers come',
      `${dragged.perSecond.toFixed(0)} frames a second, the longest ${dragged.longestMs.toFixed(0)} ms`,
    ],
    ['… cores that the server takes meanwhile (agents tell up to twice a second)', watchedShare.toFixed(2)],
    [
      `cores that the server takes of reports of ${reports.agents.toLocaleString('en')} agents each 5 s`,
      reports.share.toFixed(2),
    ],
  ];
}
