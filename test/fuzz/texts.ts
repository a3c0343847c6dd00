/** q texts: every verb of the language on odd values, and expressions made of such at random. */
import { argumentCounts, isInfix, type Verb } from "../../server/language/values/functions.js";
import { verbs } from "../../server/language/verbs/table.js";
import type { Random } from "./random.js";

/** Nulls, infinities, negative, empty, huge, of every type and shape, true to what they claim to be or not. */
const SMALL: readonly string[] = [
  ..."0N 0W -0W -1 0 1 2 3 1b 0x00 0Nh 300h 0Ni 7i 1.5 0n 0w -0w 2.5e 0Ng ` `a `s 0Nm 2000.01m".split(" "),
  ..."2000.01.01 0Nd 12:00 0Nv 12:00:00.001 0D01 0Nn 2000.01.01D12 0Np 0Nz 9223372036854775807".split(" "),
  ...['"a"', '" "', '""', '"ab"', '"a,b"', '"*"', '"[a-"', '"12"', '"2001.01.01"', '"1+"', '"\\303"'],
  ..."() (::) 0#0 0#` 0#0b 0#0Ng 1#1 1#` 01b 0x0102 0N_0W 1_2_3 -1_0_1 3_1_2 1.5_0n 2_3 `a`b".split(" "),
  ..."`a`b!1_2 ()!() (1_2)!`a`b `a`b!(1;1_2) ([]a:1_2;b:`x`y) ([k:1_2]v:3_4) ([]a:()) flip`a`b!(1_2;3_4)".split(
    " ",
  ),
  ..."{x} {x+y} {[a;b;c]a} + (+/) neg (neg_abs@) {x}[1] +[1] {'x} {.z.s_x} count (::)".split(" "),
  ...['(1;`a;"x")', '("ab";"c")', "(1 2;3 4)", "(1 2;3)", "enlist enlist 1", "(();())", "(0n 1;2 0n)"],
];
/** What takes time or memory, or would. */
const LARGE: readonly string[] = [
  ..."1000000000 4294967296 -4294967296 2147483648 100000 -100000 1e300 2e9".split(" "),
  ..."100000#0 100000#0n 100000#` til_100000 reverse_til_100000 100000?1000 20000#enlist_1_2".split(" "),
  ...'100000#"ab" 20000#enlist"ab" 20000#`a`b`c 20000#0Ng 300_300#1f 2000000000_2 30000_0N#1'.split(" "),
  ..."(til_20000)!til_20000 ([]a:til_20000;b:20000#`a`b) 20000#(::) 300#enlist_300#enlist_1_2".split(" "),
];
const spaced = (text: string): string => text.replaceAll("_", " ");
const VALUES = SMALL.map(spaced);
const WEIGHTY = LARGE.map(spaced);

const ADVERBS = ["'", "/", "\\", "':", "/:", "\\:"];

const isWord = (name: string): boolean => /^\.?[A-Za-z]/.test(name);

/** `name[x;y]`; the one-argument form of an operator is written with a colon. */
function call(verb: Verb, args: readonly string[]): string {
  const head = args.length === 1 && !isWord(verb.name) ? `(${verb.name}:)` : verb.name;
  return `${head}[${args.join(";")}]`;
}

/** Every verb on every value, one argument varied at a time. */
export function* walk(): Generator<string> {
  const all = [...VALUES, ...WEIGHTY];
  for (const verb of verbs())
    for (const count of argumentCounts(verb))
      for (const [place, first] of [
        ...all.entries(),
        ...all.map((value, i): [number, string] => [i + count, value]),
      ]) {
        const args = Array.from({ length: count }, (_, i) => all[(place * (i + 1) + i) % all.length]!);
        args[place % count] = first;
        yield call(verb, args);
      }
}

/** An expression of random verbs and values. */
export function expression(random: Random, depth = 3): string {
  const leaf = (): string => (random.chance(0.85) ? random.pick(VALUES) : random.pick(WEIGHTY));
  if (depth === 0 || random.chance(0.15)) return `(${leaf()})`;
  const inner = (): string => (random.chance(0.5) ? `(${leaf()})` : expression(random, depth - 1));
  const verb = random.pick(verbs());
  const count = random.pick(argumentCounts(verb));
  const args = Array.from({ length: count }, inner);
  switch (random.below(8)) {
    case 0:
      return `(${isWord(verb.name) ? verb.name : `(${verb.name})`}${random.pick(ADVERBS)})[${args.join(";")}]`;
    case 1:
      return `@[${verb.name};${args[0]};{x}]`;
    case 2:
      return `x:${args[0]};x[${inner()}]:${inner()};x`;
    case 3:
      return isInfix(verb) && count === 2 ? `${args[0]} ${verb.name} ${args[1]}` : call(verb, args);
    case 4:
      return `{$[x~();y;${call(verb, ["x", "y", "x", "y"].slice(0, count))}]}[${inner()};${inner()}]`;
    default:
      return call(verb, args);
  }
}
