// Label matchers as Alertmanager writes them: {name="value",other=~"a|b"}.

const OPERATORS = ["=~", "!~", "!=", "="];

export function matcherText({name, value, isRegex, isEqual = true}) {
  const operator = isRegex ? (isEqual ? "=~" : "!~") : (isEqual ? "=" : "!=");
  return `${/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name)}${operator}${JSON.stringify(value)}`;
}

export const matchersOf = (labels) =>
  Object.entries(labels).map(([name, value]) => ({name, value, isRegex: false, isEqual: true}));

export const matchersText = (matchers) => `{${matchers.map(matcherText).join(", ")}}`;

/// The list of matchers in a text, braces optional; throws with the place of what it can't read.
export function parseMatchers(text) {
  const source = text.trim().replace(/^\{/, "").replace(/\}$/, "");
  const matchers = [];
  let at = 0;
  const skip = () => { while (/[\s,]/.test(source[at] || "")) at += 1; };
  const quoted = () => {
    const found = /^"((?:[^"\\]|\\.)*)"/.exec(source.slice(at));
    if (!found) throw new Error(`no end of the quoted text at "${source.slice(at)}"`);
    at += found[0].length;
    return JSON.parse(found[0]);
  };
  for (skip(); at < source.length; skip()) {
    let name;
    if (source[at] === "\"") name = quoted();
    else {
      const found = /^[^\s=!~",]+/.exec(source.slice(at));
      if (!found) throw new Error(`a label's name is missing at "${source.slice(at)}"`);
      name = found[0];
      at += name.length;
    }
    while (/\s/.test(source[at] || "")) at += 1;
    const operator = OPERATORS.find((candidate) => source.startsWith(candidate, at));
    if (!operator) throw new Error(`=, !=, =~ or !~ is missing behind "${name}"`);
    at += operator.length;
    while (/\s/.test(source[at] || "")) at += 1;
    let value;
    if (source[at] === "\"") value = quoted();
    else {
      value = (/^[^\s,]*/.exec(source.slice(at)))[0];
      at += value.length;
    }
    matchers.push({name, value, isRegex: operator.endsWith("~"), isEqual: operator.startsWith("=")});
  }
  return matchers;
}

/// "2h30m", "1d" to milliseconds; throws for anything else.
export function parseDuration(text) {
  const units = {w: 604800, d: 86400, h: 3600, m: 60, s: 1};
  if (!/^(\d+[wdhms])+$/.test(text.trim())) throw new Error(`"${text}" is no duration such as 2h or 1h30m`);
  return 1000 * [...text.matchAll(/(\d+)([wdhms])/g)].reduce((sum, [, count, unit]) => sum + count * units[unit], 0);
}
