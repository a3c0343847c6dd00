/** Settings, seeds, devices and versions of the process. */
import { availableParallelism } from "node:os";
import { talk } from "./rig.js";

const MOST_THREADS = Math.max(64, 4 * availableParallelism());

describe("config", () => {
  talk("settings are read and set; what cannot be set says so", [
    ["type setting[]", "99h"],
    [
      "key setting()",
      "`mkl`openmp`threads`interopthreads`mps`cuda`magma`cudnn`cudnnversion`cudadevices`benchmark`deterministic`cudnndeterministic`stackframe`alloptions`complexfirst",
    ],
    ["n:setting`threads"],
    ["setting(`threads;1)", "(::)"],
    ["setting`threads", "1"],
    ["setting(`threads;0)", `'setting: threads: expecting 1-${MOST_THREADS} threads, given 0`],
    ["setting(`threads;n)"],
    ["setting(`deterministic;1)"],
    ["setting`deterministic", "1"],
    ["setting(`deterministic;0)"],
    [
      "setting(`deterministic;3)",
      "'deterministic: use 0-turn off, 1-warn only, 2-error if non-deterministic algorithm",
    ],
    ["setting(`benchmark;1b)"],
    ["setting`benchmark", "1b"],
    ["setting(`benchmark;0b)"],
    ["setting(`benchmark;1)", "'setting: cannot set value for benchmark"],
    ["setting(`threads;1b)", "'setting: cannot set flag for threads"],
    ["setting(`cuda;1b)", "'setting: cannot set flag for cuda"],
    ["setting`zz", "'unrecognized configuration setting: zz"],
    ["setting(`threads;`a)", "'unable to change setting: threads with value `threads`a"],
    ["setting 1", "'setting: unrecognized arg(s), expecting empty arg or sym, (sym;bool) or (sym;long)"],
    ["setting`tf32", "0b"],
    ["setting(`tf32;1)", "'setting: cannot set value for tf32"],
    ["setting(`tf32;0N)", "'setting: cannot set value for tf32"],
    ["f:{setting(`tf32;1b)}"],
    ['$[cudadevices[];1b;"setting: tf32 needs a CUDA device, there is none"~@[f;0;::]]', "1b"],
    ["`tf32 in key setting()", "0b"],
    ["setting(`complexfirst;0b)"],
    ["tensor tensor(`complex;1 2f;3 4f)", "(1 3f;2 4f)"],
    ["setting(`complexfirst;1b)"],
    ["tensor tensor(`complex;1 2f;3 4f)", "(1 2f;3 4f)"],
  ]);

  talk("versions and how libtorch was built", [
    ["type version()", "10h"],
    ["type version[]", "-9h"],
    ["0<count config()", "1b"],
    ["all 10h=type each config()", "1b"],
    ["config 1", "'config expects empty argument: config[] prints to stderr, config() returns strings"],
  ]);

  talk("seeds of one device and of all", [
    ["seed 5"],
    ["seed`cpu", "5"],
    ["first value seed()", "5"],
    ["seed(`cpu;-1)"],
    ["seed`cpu", "-1"],
    ["seed 0N"],
    ["-1=seed`cpu", "0b"],
    ["seed`zz", "'unrecognized arg(s) for seed, expected one of: device, seed or (device;seed)"],
    ["seed(`cpu;1.5)", "'unrecognized arg(s) for seed, expected one of: device, seed or (device;seed)"],
  ]);

  talk("a default data type does not stop modules from being made", [
    ["dtype`long"],
    ["dtype tensor()", "`long"],
    ["dtype module enlist(`linear;2;1)", "`weight`bias!`float`float"],
    ["dtype`double"],
    ["dtype module enlist(`linear;2;1)", "`weight`bias!`double`double"],
    ["dtype`float"],
  ]);

  talk("help on topics, types and objects", [
    ["key help[]", "`backward`device`dtype`ktype`loss`module`optimizer`tensor`function"],
    ["key help`", "`backward`device`dtype`ktype`loss`module`optimizer`tensor`function"],
    ["help`model", "'help: not implemented for model"],
    ["help`zz", "'help: help topic, `zz"],
    ["options`zz", "'options: help topic, `zz"],
    ["help 1", "'help: unrecognized arg(s), expecting empty arg, name or object, given long scalar"],
    ["help[module enlist(`linear;2;1)]`options", "`in`out`bias!(2;1;1b)"],
    ["(options`dtype)~help`dtype", "1b"],
    ["(help tensor 1 2)~options tensor 1 2", "1b"],
  ]);
});
