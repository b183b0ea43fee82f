/** A command as a script writes it: its words without quotes, and the files that it writes to. */
export interface ShellCommand {
  readonly words: readonly string[];
  readonly writes: readonly string[];
}

const keywords = new Set(['do', 'then', 'else', 'elif', 'if', 'while', 'until', '!', '{', 'time', 'exec']);
const assignment = /^[A-Za-z_]\w*=/;

/**
 * The simple commands of a shell script (POSIX, section 2.9), also those in substitutions and loops. It reads as much of the language as
 * documentation uses: quotes, comments, continued lines, redirections, here-documents. Words keep their `$variables`.
 */
export function commandsOf(script: string): readonly ShellCommand[] {
  const found: ShellCommand[] = [];
  let words: string[] = [];
  let writes: string[] = [];
  let word: string | undefined;
  let redirect: string | undefined;
  const documents: string[] = [];

  function endWord(): void {
    if (word === undefined) return;
    if (redirect === undefined) words.push(word);
    else if (redirect === '<<') documents.push(word);
    else if (redirect.startsWith('>') && !word.startsWith('&')) writes.push(word);
    word = redirect = undefined;
  }
  function endCommand(): void {
    endWord();
    while (words[0] !== undefined && (keywords.has(words[0]) || assignment.test(words[0]))) words.shift();
    if (words[0] !== undefined && !['for', 'done', 'fi', '}', 'case', 'esac'].includes(words[0])) found.push({ words, writes });
    words = [];
    writes = [];
  }
  /** What is in `$(…)` is a script of its own; gives where it ends. */
  function substitution(start: number): number {
    let depth = 1;
    let end = start;
    for (; end < script.length && depth > 0; end += 1) {
      if (script[end] === "'") end = script.indexOf("'", end + 1);
      else if (script[end] === '(') depth += 1;
      else if (script[end] === ')') depth -= 1;
    }
    found.push(...commandsOf(script.slice(start, end - 1)));
    word = `${word ?? ''}$()`;
    return end - 1;
  }
  /** A text between double quotes; gives where it ends. */
  function quoted(start: number): number {
    word ??= '';
    for (let at = start; at < script.length; at += 1) {
      if (script[at] === '"') return at;
      if (script.startsWith('$(', at)) at = substitution(at + 2);
      else if (script[at] === '\\') word += script[(at += 1)] ?? '';
      else word += script[at] ?? '';
    }
    return script.length;
  }
  /** Gives the last character of the here-documents that begin below a line. */
  function skipDocuments(line: number): number {
    let at = line;
    for (const delimiter of documents.splice(0)) {
      const end = new RegExp(String.raw`\n[\t ]*${delimiter}(?=\n|$)`).exec(script.slice(at));
      at = end === null ? script.length : at + end.index + end[0].length;
    }
    return at;
  }

  for (let at = 0; at < script.length; at += 1) {
    const character = script[at] ?? '';
    if (character === "'") {
      const end = script.indexOf("'", at + 1);
      word = (word ?? '') + script.slice(at + 1, end);
      at = end;
    } else if (character === '"') at = quoted(at + 1);
    else if (script.startsWith('$(', at)) at = substitution(at + 2);
    else if (character === '\\') {
      at += 1;
      if (script[at] !== '\n') word = (word ?? '') + (script[at] ?? '');
    } else if (character === '#' && word === undefined) {
      const end = script.indexOf('\n', at);
      at = (end < 0 ? script.length : end) - 1;
    } else if (character === '\n') {
      endCommand();
      if (documents.length > 0) at = skipDocuments(at);
    } else if (character === '>' || character === '<') {
      if (/^\d$/.test(word ?? '')) word = undefined;
      endWord();
      redirect = script[at + 1] === character ? character + character : character;
      at += redirect.length - 1;
    } else if (character === '&' && redirect !== undefined && word === undefined) word = '&';
    else if (';|&()'.includes(character)) endCommand();
    else if (/\s/.test(character)) endWord();
    else word = (word ?? '') + character;
  }
  endCommand();
  return found;
}
