import * as k from "../../protocol/make.js";
import { type Exchange, type Tool, text } from "./exchange.js";

/** On connecting: the names in every namespace, by kind, then the words to colour. */
const NAMES =
  "{[q]limit:system\"T\";r:$[limit>0;@[0;(q;::);{'x}];@[q;::;{'x}]];r}" +
  "{{@[{.z.ide.last:x;:.z.ide.last};x;{r:y;:r}[;x]]}" +
  '({x!{(` sv\'x,\'`Tables`Functions`Variables)!system each"afv",\\:" ",string x}each x}' +
  "[{raze x,.z.s'[{x where{@[{1#get x};x;`]~1#.q}'[x]}` sv'x,'key x]}`])}";

/** Around every query: statements by line, in a namespace, errors trapped with their places, the result as text or JSON. */
const RUN =
  "{[ns;code;form]\n" +
  '  show2:{$[all(s:.Q.s x)in" \\r\\n";.Q.s1[x],"\\n";s]};\n' +
  '  tidy:{(neg sum &\\[reverse x in"\\r\\n; \\t"])_x}trim@;\n' +
  '  plain:{t:-4!x;c:where((1<count each t)&t[;0]in"/ \\t\\n")&not t~\\:"/:";t[c]:(t[c]?\\:"/")#\'t[c];raze t where 0<>count each t};\n' +
  '  whole:{[tidy;x]$[x like"\\\\*";"system \\"",(trim 1_x),"\\";";x like"k)*";"value \\"k)",(tidy 2_x),"\\";";x]}tidy;\n' +
  '  lines:{""sv/:1_/:(where x~\\:enlist"\\n")cut x} -4!"\\n",code;\n' +
  '  tokens:-4!tidy"\\n"sv whole each lines;\n' +
  '  ends:where enlist["\\n"]~/:tokens;\n' +
  '  parts:"c"$raze each(0,1+ends where not tokens[1+ends]in enlist each" \\t\\r\\n")_tokens;\n' +
  '  old:string system"d";system"d ",ns;i:0;\n' +
  "  do[count parts;\n" +
  '    part:plain parts i;last_:count[parts]=i+:1;if["\\n"~last part;part:-1_part];\n' +
  '    end_:$[last_&not";"~last part;"]";";]"];\n' +
  '    r:.Q.trp[{`result`errored`error`backtrace!({$[x~(::);(::);x]}value x;0b;"";())};";[::;",part,end_;\n' +
  "      {[end_;e;b]u:(-1+last where(.Q.trp~first first@)each b)#b;u[;3]:reverse 1+til count u;\n" +
  "        u[-1+count u;1;3]:(neg count end_)_5_u[-1+count u;1;3];u[-1+count u;2]-:5;\n" +
  "        (!). flip((`result;::);(`errored;1b);(`error;e);(`backtrace;.Q.sbt u))}end_];\n" +
  '    if[last_|r`errored;system"d ",old;\n' +
  '      cell:(\'[{$["\\n"=last x;-1_x;x]};show2]each);\n' +
  '      column:{[cell;n;x]`name`type`values`order!(n;type x;cell x;@[iasc;x;{"none"}])}cell;\n' +
  '      :$[r`errored;r;form~"text";@[r;`result;show2];@[r;`result;{[column;x].j.j`count`columns!(count x;$[.Q.qt x;column ./:flip(key;value)@\\:flip x;enlist column["values";x]])}column]]]]\n' +
  "  }";

const query = (what: string, code: string, form: string, ...comes: Exchange["comes"]): Exchange => ({
  what,
  send: k.list([text(RUN), text("."), text(code), text(form)]),
  comes,
});

const done = (result: string): string => `\`result\`errored\`error\`backtrace!(${result};0b;"";())`;

export const VSCODE: Tool = {
  name: "kx-vscode",
  source:
    "KxSystems/kx-vscode 94dc6f1: src/classes/localConnection.ts, resources/evaluate.q, resources/list_mem.q",
  exchanges: [
    { what: "connecting: names", send: text(NAMES), comes: [/^``.*\.q.*Tables.*Functions.*Variables/] },
    { what: "connecting: words", send: text(".Q.res"), comes: [/`select.*`while/] },
    query("an expression", "1+1", "text", done('"2\\n"')),
    query("lines", "a:til 3\na*2", "text", done('"0 2 4\\n"')),
    query("a function over lines", "f:{\n  x+1\n  }\nf 3", "text", done('"4\\n"')),
    query("a comment", "/ twice\n2*a", "text", done('"0 2 4\\n"')),
    query("a command", "\\P", "text", done('"7i\\n"')),
    query("k", "k)#1 2 3", "text", done('"3\\n"')),
    query(
      "a table as JSON",
      "([]a:1 2;b:`x`y)",
      "structuredText",
      /^`result.*\{\\"count\\":2,\\"columns\\":\[\{\\"name\\":\\"a\\",\\"type\\":7,\\"values\\":\[\\"1\\",\\"2\\"\],\\"order\\":\[0,1\]/,
    ),
    query(
      "an error, with the function in which it is",
      "f:{x+`a}\nf 1",
      "text",
      '`result`errored`error`backtrace!(::;1b;"type";"  [2]  f:{x+`a}\\n  [1]  f 1\\n")',
    ),
    query("text that cannot be read", "1+2)", "text", /^`result`errored.*1b;"\): unexpected \)/),
    {
      what: "the tree of what there is: a lambda, called by the line behind it",
      send: text("\n{[skip]key`}\n(::)"),
      comes: [/^`q`Q`h/],
    },
  ],
};
