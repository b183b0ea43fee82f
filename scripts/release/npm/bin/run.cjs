// Any Node can read this file, also one that cannot read the program.
'use strict';

/** Runs the program where Node is new enough, else says what is needed. */
function run() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 12)) {
    const { start } = require('./start.cjs');
    start();
    return;
  }
  const here = `${process.versions.node} (${process.execPath})`;
  process.stderr.write(
    `external-issuer needs Node.js 24.12 or newer, and this is ${here}. Install a newer one, or have npm do so for one command:\n` +
      '  npx --package=node@24 --package=external-issuer external-issuer --help\n',
  );
  process.exitCode = 1;
}

module.exports = { run };
