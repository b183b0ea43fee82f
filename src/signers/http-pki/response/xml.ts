import { XMLParser } from 'fast-xml-parser';

const longest = 1024 * 1024;
const mostTags = 50_000;
const expansions = { maxTotalExpansions: 100_000, maxExpandedLength: longest };

/**
 * Parses XML that may be hostile: at most 1 MiB, 64 levels and 50,000 tags; one that defines entities is refused. The root element is
 * the first key. Prefixes of namespaces are left out, attributes are keys that begin with `@`, an element without attributes is its
 * text, one with attributes has it as `#text`, elements that repeat are a list, and no text becomes a number.
 * @returns undefined where it is no XML, or too much of it.
 */
export function parseXml(text: string): unknown {
  if (text.length > longest || /<!ENTITY/i.test(text) || text.split('<', mostTags + 2).length > mostTags + 1) return undefined;
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
