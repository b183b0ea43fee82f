import { XMLParser } from 'fast-xml-parser';

const longest = 256 * 1024;
/** Tags and attributes: each takes as long as the other. */
const mostTags = 10_000;
const expansions = { maxTotalExpansions: 20_000, maxExpandedLength: longest };

/**
 * Parses XML that may be hostile: at most 256 KiB, 64 levels, 10,000 tags and 10,000 attributes; one that defines entities is refused. The root element is
 * the first key. Prefixes of namespaces are left out, attributes are keys that begin with `@`, an element without attributes is its
 * text, one with attributes has it as `#text`, elements that repeat are a list, and no text becomes a number.
 * @returns undefined where it is no XML, or too much of it.
 */
export function parseXml(text: string): unknown {
  if (text.length > longest || /<!ENTITY/i.test(text)) return undefined;
  if (countOf(text, '<') > mostTags || countOf(text, '=') > mostTags) return undefined;
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    textNodeName: '#text',
    removeNSPrefix: true,
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // Only so are numeric references decoded, as in the &#13; that many servers write at the end of each line of a PEM text.
    htmlEntities: true,
    processEntities: { enabled: true, ...expansions },
    maxNestedTags: 64,
  });
  try {
    return parser.parse(text, true);
  } catch {
    return undefined;
  }
}

function countOf(text: string, mark: string): number {
  return text.split(mark, mostTags + 2).length - 1;
}
