import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandsOf } from './shell-commands.ts';

const cases: readonly (readonly [what: string, script: string, words: readonly (readonly string[])[]])[] = [
  ['a command', 'kubectl get pods -A', [['kubectl', 'get', 'pods', '-A']]],
  ['lines and comments', 'a 1 # x\n# b\nc#d', [['a', '1'], ['c#d']]],
  ['continued lines', 'a \\\n  --b', [['a', '--b']]],
  ['quotes', `a 'b c' "d \\"e\\"" f'g'"h"`, [['a', 'b c', 'd "e"', 'fgh']]],
  ['pipes and lists', 'a | b && c || d; e &', [['a'], ['b'], ['c'], ['d'], ['e']]],
  [
    'substitutions',
    'A=$(b c) d --e="$(f "g")"',
    [
      ['b', 'c'],
      ['f', 'g'],
      ['d', '--e=$()'],
    ],
  ],
  ['assignments before a command', 'A=1 B="2" c', [['c']]],
  ['redirections', 'a b > c 2>&1 < d', [['a', 'b']]],
  ['here-documents', "a -f - <<'END'\nb: 'c\nEND\nd", [['a', '-f', '-'], ['d']]],
  ['loops', 'for a in b c; do d "$a"; done\nuntil e; do f; done', [['d', '$a'], ['e'], ['f']]],
];

describe('the commands of a script', () => {
  for (const [what, script, words] of cases) {
    test(`are found in ${what}`, () => {
      const found = commandsOf(script);
      assert.deepEqual(
        found.map((command) => command.words),
        words,
      );
    });
  }

  test('say what they write', () => {
    assert.deepEqual(
      commandsOf('a > b 2>&1\nc >> d 2> e').map(({ writes }) => writes),
      [['b'], ['d', 'e']],
    );
  });
});
