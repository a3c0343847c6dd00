/** Every row of the tables of operators fits the libtorch at hand: operators, overloads, arguments and outputs exist. */
import assert from "node:assert/strict";
import type { Form } from "../../server/api/math/forms.js";
import { OPERATORS } from "../../server/api/math/index.js";
import type { Engine, OperatorArg } from "../../server/engine/index.js";
import { Q } from "./rig.js";

/** A value of each kind of option. */
const SAMPLES: Readonly<Record<string, OperatorArg>> = {
  long: 1n,
  longs: [1n],
  flag: true,
  number: 1,
  scalar: 1,
  double: 1,
  dtype: "float",
  text: "ij->ji",
};

const sample = (type: string): OperatorArg => SAMPLES[type] ?? /^one of (\w+)/.exec(type)?.[1];

type OperatorInfo = NonNullable<ReturnType<Engine["operator"]>>;

const session = new Q();
const { engine } = session;

function operator(name: string): OperatorInfo {
  const [base, overload = ""] = name.split(".", 2);
  return engine.operator(`aten::${base}`, overload) ?? assert.fail(`aten::${name} is not in this libtorch`);
}

/** ATen's names of what a form gives its operator, with all options given and with none. */
function given(form: Form): Set<string> {
  const all = Object.fromEntries(form.options.map((option) => [option.aten, sample(option.type)]));
  const derived: string[][] = [];
  for (const options of [all, {}]) {
    try {
      derived.push(Object.keys(form.derive(options)));
    } catch (error) {
      assert.equal((error as Error).constructor.name, "KError"); // values that do not go together
    }
  }
  assert.ok(derived.length > 0);
  return new Set([...form.inputs.map((each) => each.aten), ...derived.flat()]);
}

function takes(name: string, names: ReadonlySet<string>): OperatorInfo {
  const info = operator(name);
  for (const each of names) assert.ok(info.arguments.includes(each), `aten::${name} has no argument ${each}`);
  return info;
}

describe("the tables of operators and libtorch", () => {
  for (const row of OPERATORS) {
    it(row.name, () => {
      assert.ok(row.forms.length > 0);
      for (const form of row.forms) {
        const names = given(form);
        takes(form.operator, names);
        if (form.inplace !== undefined) takes(form.inplace, names);
        if (form.output !== undefined && form.output !== "vector") {
          const { outputs } = takes(form.output.operator, names);
          assert.equal(outputs.length, 1, `outputs of aten::${form.output.operator}`);
        }
      }
    });
  }
});

describe("beyond ktorch", () => {
  for (const { name, help, example } of OPERATORS.filter(({ page }) => page === "beyond")) {
    it(name, async () => {
      assert.ok(help?.endsWith("."), "a sentence");
      const [call, result] = example!;
      assert.ok(call.startsWith(name));
      await session.gives(call, result);
    });
  }
});
