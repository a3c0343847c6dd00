import * as k from "../../protocol/make.js";
import { NULL } from "../../protocol/values.js";
import { lambda, type Tool, text } from "./exchange.js";

/** What a gateway sends a server for a query: do it, and send back how it ended. */
const QUERY = lambda("{@[neg .z.w;@[{(1b;value x)};x;{(0b;x)}];{@[neg .z.w;(0b;x);()]}]}");
const FORMAT = lambda("{[u;q]$[`.pm.valp~key`.pm.valp;.pm.valp q;value q]}");

export const TORQ: Tool = {
  name: "TorQ",
  source:
    "AquaQAnalytics/TorQ 757c26a: code/handlers/trackservers.q (addhw), code/handlers/trackclients.q, code/common/async.q, code/processes/gateway.q",
  exchanges: [
    {
      what: "adding the server: what it is, as six values",
      send: k.list([
        lambda(
          '{$[`getdetails in key`.servers;.servers.getdetails[];(.z.f;.z.h;system"p";`;`;$[`getattributes in key`.proc;.proc.getattributes[];()!()])]}',
        ),
        k.symbol(""),
      ]),
      comes: [/^\(`torchq;`[^;]*;0i;`;`;\(\)!\(\)\)$/],
    },
    { what: "is it alive", send: text("1b"), comes: ["1b"] },
    {
      what: "asking a client what it is: text that sends text back",
      send: text(
        'neg[.z.w]"k:",(string .z.k),",K:",(-3!.z.K),",c:",(-3!.z.c),",s:",(-3!system"s"),",o:",(-3!.z.o),",f:",(-3!.z.f)',
      ),
      async: true,
      comes: [/^"k:\d{4}\.\d\d\.\d\d,K:4\.1,c:1i,s:0i,o:`l64,f:`torchq"$/],
    },
    {
      what: "a gateway's query: a function by value in it, the answer as a message",
      send: k.list([QUERY, k.list([FORMAT, k.symbol("ann"), text("1+1")])]),
      async: true,
      comes: ["(1b;2)"],
    },
    {
      what: "a gateway's query that fails",
      send: k.list([QUERY, k.list([FORMAT, k.symbol("ann"), text("1+`a")])]),
      async: true,
      comes: ['(0b;"type")'],
    },
    { what: "flushing", send: NULL, async: true, comes: [] },
    {
      what: "a deferred query",
      send: k.list([lambda('{[q]@[neg .z.w;@[{[q]value q};q;{"error: ",x}];()]}'), text("til 3")]),
      async: true,
      comes: ["0 1 2"],
    },
    {
      what: "a query that is posted back with a name",
      send: k.list([
        lambda('{[q]@[neg .z.w;@[{[q]value q};q;{"error: ",x}];()]}'),
        k.list([lambda('{[q;p](p;@[value;q;{"error: ",x}])}'), text("1+1"), k.symbol("show")]),
      ]),
      async: true,
      comes: ["(`show;2)"],
    },
    {
      what: "subscribing to what is not there",
      send: k.list([text(".u.sub"), k.symbol(""), k.symbol("")]),
      comes: ["error .u.sub"],
    },
  ],
};
