/** The table of optimizers (docs/opt.rst). One more is a row here and a line in native/optimizers/types.cc. */
import { bool, double, long, type OptionRow, symbol } from "../modules/types/rows.js";

export interface OptimizerRow {
  readonly name: string;
  /** Empty for one that PyTorch does not have. */
  readonly pytorch: string;
  readonly options: readonly OptionRow[];
  /** What an option is that nothing was given for, by another; else its row says. */
  readonly derived?: readonly [name: string, from: string, value: (from: bigint) => bigint];
}

/** The learning rate is shown even where it is the default. */
const lr = (usual: number): OptionRow => double("lr", { fallback: usual, shown: true });
const number = (name: string, fallback: number): OptionRow => double(name, { fallback });
const flag = (name: string, fallback: boolean): OptionRow => bool(name, { fallback });

const adam = (decay: number): readonly OptionRow[] => [
  lr(0.001),
  number("beta1", 0.9),
  number("beta2", 0.999),
  number("eps", 1e-8),
  number("decay", decay),
  flag("amsgrad", false),
];

const ROWS: readonly OptimizerRow[] = [
  {
    name: "adagrad",
    pytorch: "torch.optim.Adagrad",
    options: [lr(0.01), number("lrdecay", 0), number("decay", 0), number("init", 0), number("eps", 1e-10)],
  },
  { name: "adam", pytorch: "torch.optim.Adam", options: adam(0) },
  { name: "adamw", pytorch: "torch.optim.AdamW", options: adam(0.01) },
  {
    name: "lamb",
    pytorch: "",
    options: [
      lr(0.001),
      number("beta1", 0.9),
      number("beta2", 0.999),
      number("eps", 1e-8),
      number("decay", 0),
      flag("unbiased", true),
      flag("globalnorm", true),
      flag("trustclip", true),
      number("trustmin", 0),
      number("trustmax", 1),
    ],
  },
  {
    name: "lbfgs",
    pytorch: "torch.optim.LBFGS",
    options: [
      lr(1),
      long("iter", { range: "rounds", fallback: 20 }),
      long("eval", { range: "rounds", fallback: null, shown: true }),
      number("gradtol", 1e-7),
      number("changetol", 1e-9),
      long("history", { range: "layers", fallback: 100 }),
      symbol("search", {
        fallback: null,
        hidden: true,
        example: "strong_wolf",
        symbols: ["strong_wolf", "strong_wolfe"],
      }),
    ],
    derived: ["eval", "iter", (iter) => (iter * 5n) / 4n],
  },
  {
    name: "rmsprop",
    pytorch: "torch.optim.RMSprop",
    options: [
      lr(0.01),
      number("alpha", 0.99),
      number("eps", 1e-8),
      number("decay", 0),
      number("momentum", 0),
      flag("centered", false),
    ],
  },
  {
    name: "sgd",
    pytorch: "torch.optim.SGD",
    options: [
      lr(0.01),
      number("momentum", 0),
      number("dampening", 0),
      number("decay", 0),
      flag("nesterov", false),
    ],
  },
];

/** Every optimizer, by name. */
export const OPTIMIZERS: ReadonlyMap<string, OptimizerRow> = new Map(ROWS.map((row) => [row.name, row]));
