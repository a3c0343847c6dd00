/** Typed and scripted lines as statements. */

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Whether text has brackets or a string still open, so that its statement goes on in the next line. */
export function isOpen(text: string): boolean {
  const open: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') {
      const close = endOfString(text, i);
      if (close < 0) return true;
      i = close;
    } else if (char in CLOSERS) open.push(CLOSERS[char]!);
    else if (open.length > 0 && char === open.at(-1)) open.pop();
    else if (char === "/" && (i === 0 || /\s/.test(text[i - 1]!))) {
      const end = text.indexOf("\n", i);
      if (end < 0) break;
      i = end;
    }
  }
  return open.length > 0;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}

/** Whether a line goes on with the statement before it: it begins with white space or a closing brace. */
export const continues = (line: string): boolean => /^[ \t]+\S|^\}/.test(line);

/**
 * The statements of a script as q reads it: one a line, lines that begin with white space going on with the one before;
 * a line `/` alone opens a comment to a line `\` alone, and a line `\` alone by itself ends the script.
 */
export function statements(script: string): string[] {
  const found: string[] = [];
  let comment = false;
  for (const line of script.split(/\r?\n/)) {
    const bare = line.trimEnd();
    if (comment) comment = bare !== "\\";
    else if (bare === "/") comment = true;
    else if (bare === "\\") break;
    else if (bare === "" || bare.startsWith("/")) continue;
    else if (found.length > 0 && continues(line)) found[found.length - 1] += `\n${line}`;
    else found.push(line);
  }
  return found;
}
