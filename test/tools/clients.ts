import * as k from "../../protocol/make.js";
import { type Tool, text } from "./exchange.js";

/** Libraries of other languages: what their documentation shows, and their helpers send. */
export const NODEQ: Tool = {
  name: "node-q",
  source: "michaelwittig/node-q 1764111: README.md",
  exchanges: [
    { what: "text", send: text("sum 1 2 3"), comes: ["6"] },
    { what: "a function of one argument", send: k.list([text("sum"), k.floats([1, 2, 3])]), comes: ["6f"] },
    {
      what: "a function of two",
      send: k.list([text("cor"), k.floats([1, 2, 3]), k.floats([4, 5, 6])]),
      comes: [/^1f$/],
    },
    { what: "a type", send: k.list([text("type"), k.shorts([1, 2, 3])]), comes: ["5h"] },
    {
      what: "showing, without an answer",
      send: k.list([text("show"), k.longs([1, 2])]),
      async: true,
      comes: [],
    },
    { what: "going on", send: text("1b"), comes: ["1b"] },
  ],
};

export const QPYTHON: Tool = {
  name: "qPython",
  source: "exxeleron/qPython 7e64a28: samples/sync_query.py, samples/async_query.py, qpython/qconnection.py",
  exchanges: [
    { what: "text", send: text("til 10"), comes: ["0 1 2 3 4 5 6 7 8 9"] },
    { what: "a lambda as text", send: k.list([text("{`long$ til x}"), k.long(3)]), comes: ["0 1 2"] },
    { what: "two arguments", send: k.list([text("{y + til x}"), k.long(3), k.long(1)]), comes: ["1 2 3"] },
    {
      what: "defining what answers by a message",
      send: text("mult:{[id;a;b]r:a*b;(neg .z.w)(`id`result!(id;r))}"),
      comes: ["::"],
    },
    {
      what: "calling it without waiting",
      send: k.list([text("mult"), k.long(7), k.long(3), k.long(4)]),
      async: true,
      comes: ["`id`result!7 12"],
    },
  ],
};

export const PYKX: Tool = {
  name: "PyKX, unlicensed",
  source: "KxSystems/pykx 9a4c287: src/pykx/ipc.py",
  exchanges: [
    { what: "text", send: text("til 3"), comes: ["0 1 2"] },
    {
      what: "a function and arguments",
      send: k.list([text("{y+til x}"), k.long(3), k.long(5)]),
      comes: ["5 6 7"],
    },
    {
      what: "assigning without waiting",
      send: k.list([text("{x set y+til z}"), k.symbol("later"), k.long(5), k.long(3)]),
      async: true,
      comes: [],
    },
    { what: "what was assigned", send: text("later"), comes: ["5 6 7"] },
    {
      what: "a query to debug",
      send: k.list([
        text('{[q] .Q.trp[{[x](0b;value x)};q;{(1b;"backtrace:\\n",.Q.sbt y;x)}]}'),
        k.list([text("{y+til x}"), k.long(3), k.long(5)]),
      ]),
      comes: ["(0b;5 6 7)"],
    },
    {
      what: "one that fails",
      send: k.list([
        text('{[q] .Q.trp[{[x](0b;value x)};q;{(1b;"backtrace:\\n",.Q.sbt y;x)}]}'),
        text("{x+`a}1"),
      ]),
      comes: [/^\(1b;"backtrace:\\n {2}\[\d\] {2}\{x\+`a\}\\n.*;"type"\)$/],
    },
  ],
};
