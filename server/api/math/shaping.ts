import { handleOf } from "../args/invoke.js";
import { fail } from "../args/read.js";
import { always, type Before, fn, form, input, type OperatorRow, x } from "./forms.js";
import { size } from "./options.js";

const PAGE = "tensorop";

const example = input("example", "other", { only: "handle" });

/** (input;size) or (input;example). */
export const shaping = (name: string, who: string, operator: string, like = `${operator}_as`): OperatorRow =>
  fn(
    PAGE,
    name,
    [
      form(
        [
          x,
          size("size")
            .to(operator === "reshape" ? "shape" : "size")
            .must(),
        ],
        operator,
      ),
      form([x, example], like),
    ],
    {
      who,
      list: "args",
      gives: "first",
      words: {
        refused: "{who} not implemented for {type}",
        count: "{who} expects (array/tensor;new size/tensor w'size to use)",
        wrong: "{who} expects 2nd arg of size or tensor w'size to use",
      },
    },
  );

/** More elements than this are no tensor but a mistake: none has them in memory, and to go over them takes minutes. */
export const MOST_ELEMENTS = 2n ** 34n;

export const product = (numbers: readonly bigint[]): bigint => numbers.reduce((all, n) => all * n, 1n);

/** An expanded tensor costs nothing, what goes over it does. */
const bounded: Before = (call, args) => {
  const handle = handleOf(args.self);
  const own = handle === undefined ? [] : (call.engine.describe(handle).size ?? []);
  const wanted = args.size as readonly bigint[];
  const count = product(wanted.map((n, i) => (n < 0n ? (own.at(i - wanted.length) ?? 1n) : n)));
  return count <= MOST_ELEMENTS
    ? args
    : fail(`expand: up to ${MOST_ELEMENTS} elements expected, given ${count}`);
};

export const SHAPING: readonly OperatorRow[] = [
  shaping("reshape", "reshape", "reshape"),
  shaping("View", "view", "view"),
  fn(
    PAGE,
    "expand",
    [form([x, size("size").must()], "expand", { before: bounded }), form([x, example], "expand_as")],
    {
      list: "pair",
      gives: "first",
      words: {
        simple: "expand expects (input array/tensor; size) or (input array/tensor; tensor w'size to match)",
        ...always(
          "expand expects (input array/tensor; size) or (input array/tensor; tensor w'size to match)",
        ),
      },
    },
  ),
  fn(PAGE, "permute", form([x, size("dims").must()], "permute"), {
    list: "args",
    words: {
      ...always("{who}: unexpected arg(s), expecting (input/tensor; reordered dimensions)"),
      wrong: "{who}: expecting 2nd arg of reordered dimensions, given {last}",
    },
  }),
];
