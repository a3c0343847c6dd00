/** The table of optimizers (docs/opt.rst). One more is a row here and a line in native/optimizer_types.cc. */
import { bool, double, long, type OptionRow, symbol } from "../modules/types/rows.js";

export interface OptimizerRow {
  readonly name: string;
  /** Empty for one that PyTorch does not have. */
  readonly pytorch: string;
  readonly options: readonly OptionRow[];
  /** Known by name and options, but not made yet: `help` does not list it. */
  readonly planned?: boolean;
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

/** Every optimizer, by name. */
export const OPTIMIZERS: ReadonlyMap<string, OptimizerRow> = new Map(
  [
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
      planned: true,
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
      planned: true,
      options: [
        lr(1),
        long("iter", { fallback: 20 }),
        long("eval", { fallback: null }),
        number("gradtol", 1e-7),
        number("changetol", 1e-9),
        long("history", { fallback: 100 }),
        symbol("search", { fallback: null, hidden: true, example: "strong_wolf" }),
      ],
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
  ].map((row) => [row.name, row]),
);
