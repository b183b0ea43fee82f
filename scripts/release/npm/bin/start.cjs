'use strict';

/** Runs the program, which is an ES module. */
function start() {
  import('../lib/external-issuer.mjs').catch((/** @type {unknown} */ error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
  });
}

module.exports = { start };
