/** A frozen parameter stays as it is, bit for bit, whatever steps come; unfrozen, it goes on from there. */
import { OPTIMIZERS } from "../../server/api/training/optimizer_types.js";
import { talk } from "./rig.js";

/** What each optimizer is made with besides its defaults: all that moves a parameter whose gradient is zero. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  adagrad: ["", "; `lr`decay!.1 .1", "; `lr`lrdecay`init!.1 .1 .1"],
  adam: ["", "; `lr`decay!.1 .1", "; ((`lr;.1);(`amsgrad;1b))"],
  adamw: ["", "; `lr`decay!.1 .1", "; ((`lr;.1);(`amsgrad;1b))"],
  lamb: ["; .1", "; `lr`decay!.1 .1", "; ((`lr;.1);(`globalnorm;0b);(`trustclip;0b))"],
  lbfgs: ["; .1; 2", "; .05; 3", "; ((`lr;.1);(`iter;2);(`search;`strong_wolfe))"],
  rmsprop: ["", "; `lr`decay`momentum!.1 .1 .9", "; ((`lr;.1);(`centered;1b))"],
  sgd: [
    "",
    "; `lr`momentum!.1 .9",
    "; `lr`momentum`decay!.1 .9 .1",
    "; ((`lr;.1);(`momentum;.9);(`nesterov;1b))",
  ],
};

const SETUP = [
  "m:module seq(`sequential;(`linear;`a;3;2);`tanh;(`linear;`b;2;1))",
  "parm(m;`a.weight;(.1 .2 .3e;-.1 .2 -.3e)); parm(m;`b.weight;enlist .5 -.4e); parm(m;`a.bias;0); parm(m;`b.bias;0)",
  "x:(1 2 3e;4 5 6e;-1 0 1e); y:(enlist 1e;enlist -1e;enlist .5e)",
  "q:model(addref m;loss`mse;addref o)",
  "w:{tensor parm(m;`a.weight)}; v:{tensor parm(m;`b.weight)}",
];

/** A whole step, or its parts, with what is to happen between backward pass and step. */
const whole = "backstep(q;x;y)";
const parts = (between: string): string => `zerograd o; backward(q;x;y); ${between}; step o`;

describe("frozen", () => {
  for (const [name, row] of OPTIMIZERS) {
    const joined = row.name === "lbfgs"; // its steps make gradients themselves
    for (const options of OPTIONS[name]!) {
      const made = `o:opt(\`${name};m${options})`;
      const begin = [SETUP[0]!, made, ...SETUP.slice(1)].map((line) => [line] as const);
      const still = (step: string): readonly (readonly [string, string?])[] => [
        ["was:w[]; other:v[]"],
        [step],
        ["w[]~was", "1b"],
        ["v[]~other", "0b"],
      ];

      talk(`${name}${options}: before the first step, then on`, [
        ...begin,
        ["freeze(m;`a.weight)"],
        ...still(whole),
        ...still(whole),
        ["unfreeze(m;`a.weight)"],
        ["was:w[]"],
        [whole],
        ["w[]~was", "0b"],
      ]);

      talk(`${name}${options}: after steps, with what they left behind`, [
        ...begin,
        [whole],
        [whole],
        ["freeze(m;`a.weight)"],
        ["kept:first exec buffers from state[o]`parms where name=`a.weight"],
        ...still(whole),
        ...still(whole),
        joined ? ["1b"] : ["kept~first exec buffers from state[o]`parms where name=`a.weight", "1b"],
        ["unfreeze(m;`a.weight)"],
        ["was:w[]"],
        [whole],
        ["w[]~was", "0b"],
      ]);
      if (joined) continue;

      talk(`${name}${options}: between the backward pass and the step, with its gradient`, [
        ...begin,
        [whole],
        ...still(parts("freeze(m;`a.weight)")),
        ["g:grad parm(m;`a.weight)"],
        ["step o; w[]~was", "1b"],
        ["g~grad parm(m;`a.weight)", "1b"],
        ["unfreeze(m;`a.weight); step o; w[]~was", "0b"],
      ]);

      talk(`${name}${options}: everything`, [
        ...begin,
        [whole],
        ["freeze m"],
        ["was:dict parms m"],
        ["step o; step q; (dict parms m)~was", "1b"],
      ]);
    }
  }

  talk("an average into parameters leaves the frozen ones, and takes their value into copies", [
    [SETUP[0]!],
    ["n:clone m; parm(n;`a.weight;5); parm(n;`b.weight;5)"],
    ["freeze(m;`a.weight)"],
    ["w:{tensor parm(m;`a.weight)}; v:{tensor parm(m;`b.weight)}; was:w[]; other:v[]"],
    ["p:parms m; avgparms(n;p)", "2"],
    ["w[]~was", "1b"],
    ["v[]~other", "0b"],
    ["c:copyparms m; avgparms(n;c); (dict(c;`a.weight))~was", "0b"],
  ]);
});
