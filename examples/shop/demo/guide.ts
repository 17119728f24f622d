import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FAIRWAY } from './control-plane.ts';
import type { Fleet } from './fleet.ts';
import { NAMESPACE } from './instances.ts';
import { RESOURCES } from './resource-file.ts';

/** Writes a file that a shell reads to speak to this fleet; only the owner can read it, it holds a token. */
export async function writeEnvironment({ controlPlane, folder }: Fleet): Promise<string> {
  const file = join(folder, 'environment');
  const values = {
    FAIRWAY_SERVER: controlPlane.server,
    FAIRWAY_TOKEN: controlPlane.token,
    FAIRWAY_NAMESPACE: NAMESPACE,
  };
  const lines = Object.entries(values).map(([name, value]) => `export ${name}=${value}\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  return file;
}

/** Commands to copy into another terminal. */
export function thingsToTry({ controlPlane, entries }: Fleet, environmentFile: string): string {
  const fairway = `./${relative(process.cwd(), FAIRWAY)}`;
  const apply = (file: string) => `${fairway} apply -f ${relative(process.cwd(), `${RESOURCES}${file}`)}`;
  const web = `http://${entries.http.host}:${entries.http.port}`;
  const checkout = `curl -s ${web}/checkout -H 'content-type: application/json' -d '{"id":"me"}'`;
  const rows: [string, string][] = [
    ['once, so that the commands need no more', `. ${environmentFile}`],
    ['one checkout; a tenth are gray', checkout],
    ['half of the traffic', apply('lane-gray-50.yaml')],
    ['back to 10 %', apply('lane-gray.yaml')],
    ['rollback', apply('lane-gray-off.yaml')],
    [
      'release it: 10 %, judged, 50 %',
      `${fairway} release start -f ${relative(process.cwd(), `${RESOURCES}release.yaml`)} --wait --until approval`,
    ],
    ['and back, all of it at once', `${fairway} release rollback prices`],
    ['a closed environment', `${checkout} -H 'x-env: dev-1'`],
    ['one that shares base', `${checkout} -H 'x-env: dev-2'`],
    ['a route: gray warehouses only', `${checkout} -H 'x-tier: canary'`],
    [
      'a device, raw TCP',
      `bash -c 'exec 3<>/dev/tcp/${entries.tcp.host}/${entries.tcp.port}; echo ORDER me >&3; head -n1 <&3'`,
    ],
    ['lanes, and who gets in', `${fairway} lanes`],
    ['what runs', `${fairway} instances`],
    ['replace order under traffic', 'press r here'],
    ['what was lost', `${fairway} losses`],
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  return [`API ${controlPlane.server}   shop ${web}`, ...rows.map(([t, c]) => `  ${t.padEnd(width)}  ${c}`)].join('\n');
}
