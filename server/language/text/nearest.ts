/** The longest name that a nearest one is looked for: nobody mistypes more, and the work grows with the length. */
const LONGEST = 40;

/**
 * The known name that was meant by a mistyped one: with the fewest letters changed, left out, put in or swapped with
 * their neighbour; of several the first. Undefined where none is near: one such change in a short name, two in a longer.
 */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  if (typed.length < 3 || typed.length > LONGEST) return undefined;
  let best: string | undefined;
  let most = typed.length < 6 ? 1 : 2;
  for (const name of known) {
    if (name === typed || Math.abs(name.length - typed.length) > most) continue;
    const changes = changesBetween(typed, name);
    if (changes > most || (changes === most && best !== undefined)) continue;
    best = name;
    most = changes;
  }
  return best;
}

/** How many letters are to be changed, left out, put in or swapped with their neighbour (optimal string alignment). */
function changesBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
