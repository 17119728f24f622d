// Loaded into the control plane: ends it by SIGKILL around each transaction that stores something of a release or its lane.
// First before it is committed, then, in the process that was started for the first, after. FAIRWAY_TEST_DEATHS names the file
// that gets a line of each death; where there is none, nothing happens.
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { DatabaseSync } = require('node:sqlite');

const file = process.env.FAIRWAY_TEST_DEATHS;
const { prepare } = DatabaseSync.prototype;
/** The table that the transaction under way wrote to. */
let table;

function die(when) {
  if (!table || !file || !existsSync(file)) return;
  const last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1);
  if (last.startsWith('before') !== (when === 'after')) return;
  appendFileSync(file, `${when} ${table}\n`);
  process.kill(process.pid, 'SIGKILL');
}

DatabaseSync.prototype.prepare = function (text) {
  const statement = prepare.call(this, text);
  if (text === 'begin') table = undefined;
  table = /^(?:insert into|update) "(release|resource)"/.exec(text)?.[1] ?? table;
  if (text !== 'commit') return statement;
  const { run } = statement;
  statement.run = (...values) => {
    die('before');
    const result = run.apply(statement, values);
    die('after');
    return result;
  };
  return statement;
};
