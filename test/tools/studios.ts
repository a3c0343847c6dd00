import * as k from "../../protocol/make.js";
import { type Exchange, lambda, type Tool, text } from "./exchange.js";

/** qStudio's way around every query: whether it fits, how it ended with what, and how it prints. */
const wrapped = (query: string): K =>
  text(
    '{r:$[`trp in key .Q;.Q.trp[{((1b;`);value x)};x;{((0b;`);x;$[4<count y;.Q.sbt -4_y;""])}];((1b;`);value x)];' +
      `fits:2000000j>@[-22!;r;{0}];(fits;$[fits;r;0b];.Q.s r 1)} "${query}"`,
  );
type K = Exchange["send"];

export const QSTUDIO: Tool = {
  name: "qStudio",
  source:
    "timeseries/qstudio ebb24b3: qstudio/src/main/java/com/timestored/qstudio/model/QueryManager.java, ServerReport.java, ServerSlashConfig.java",
  exchanges: [
    { what: "a query", send: wrapped("1+1"), comes: ['(1b;((1b;`);2);"2\\n")'] },
    {
      what: "a table",
      send: wrapped("([]a:1 2)"),
      comes: ['(1b;((1b;`);+(,`a)!,1 2);"a\\n-\\n1\\n2\\n")'],
    },
    { what: "an error", send: wrapped("1+`a"), comes: ['(1b;((0b;`);"type";"");"\\"type\\"\\n")'] },
    { what: "a query on its own", send: text("select from ([]a:1 2)"), comes: ["+(,`a)!,1 2"] },
    {
      what: "the settings, in k",
      send: text('k).:\'["\\\\",/:"cCegopPstTWz"]'),
      comes: [/^\(25 80i;36 2000i;0i;0i;0i;0i;7i/],
    },
    {
      what: "the report, in k: memory, and what the process is",
      send: text("k)(+:{,x}'.Q.w[];.:'[$`.z.a`.z.h`.z.i`.z.k`.z.K`.z.l`.z.o`.z.u`.z.x])"),
      comes: [/^\(\+`used`heap.*;\(2130706433i;`.*;\d+i;\d{4}\.\d\d\.\d\d;4\.1;.*`ann;/],
    },
    {
      what: "rows of a table",
      send: text("{$[.Q.qp[y];select from y;sublist[`int$x;y]]}[0 1;([]a:1 2)]"),
      comes: ["+(,`a)!,,1"],
    },
  ],
};

export const KDBSTUDIO: Tool = {
  name: "kdbStudio",
  source:
    "dzmipt/kdbStudio 1f0f05c: src/studio/ui/action/QueryTask.java; CharlesSkelton/studio 45443ca: src/studio/kdb/ReloadQKeywords.java, src/studio/qeditor/QCompletionQuery.java",
  exchanges: [
    { what: "connecting: q's words", send: text("key`.q"), comes: [/(?=.*`each)(?=.*`where)/] },
    { what: "a query", send: text("t:([]a:1 2;b:`x`y)"), comes: ["::"] },
    { what: "completing: tables", send: text("tables[]"), comes: [",`t"] },
    { what: "completing: columns", send: text("cols t"), comes: ["`a`b"] },
    {
      what: "uploading a result: a function by value",
      send: k.list([lambda("{x set y}"), k.symbol("up"), k.longs([1, 2])]),
      comes: ["`up"],
    },
    { what: "what was uploaded", send: text("up"), comes: ["1 2"] },
  ],
};

export const JDBC: Tool = {
  name: "the JDBC driver",
  source:
    "timeseries/qstudio ebb24b3: qstudio/src/main/java/kx/jdbc.java; KxSystems/javakdb 0572f49: javakdb-examples",
  exchanges: [
    {
      what: "a name to tell types by",
      send: k.list([text("{(-3!x;type x;x)}"), k.longs([1, 2])]),
      comes: ['("1 2";7h;1 2)'],
    },
    { what: "setting up", send: text("t:([]a:1 2;b:`x`y)"), comes: ["::"] },
    {
      what: "getTables",
      send: k.list([
        text("raze{([]TABLE_CAT:`;TABLE_NAME:system string`a`b x=`VIEW;TABLE_TYPE:x)}each"),
        k.symbols(["TABLE", "VIEW"]),
      ]),
      comes: ["+`TABLE_CAT`TABLE_NAME`TABLE_TYPE!(,`;,`t;,`TABLE)"],
    },
    {
      what: "getTypeInfo",
      send: text("`DATA_TYPE xasc([]TYPE_NAME:`boolean`byte`short;DATA_TYPE:16 -2 5;PRECISION:11)"),
      comes: ["+`TYPE_NAME`DATA_TYPE`PRECISION!(`byte`short`boolean;-2 5 16;11 11 11)"],
    },
    { what: "a query", send: text("select from t where b=`y"), comes: ["+`a`b!(,2;,`y)"] },
    {
      what: "a prepared statement",
      send: k.list([text("{select from t where a>x}"), k.long(1)]),
      comes: ["+`a`b!(,2;,`y)"],
    },
    { what: "waiting for all before", send: text(""), comes: ["::"] },
  ],
};

export const GRAFANA: Tool = {
  name: "Grafana's backend data source",
  source: "DataIntellectTech/grafana-kdb-backend-datasource fe3bc8e: pkg/plugin/plugin.go, kdbQuery.go",
  exchanges: ["1+1", "([]time:2024.01.01D00:00 2024.01.01D00:01;v:1 2f)"].map((query) => ({
    what: query === "1+1" ? "the health check" : "a panel",
    send: k.list([
      text("{[x] value x[`Query;`Query]}"),
      k.dict(
        k.symbols(["AQUAQ_KDB_BACKEND_GRAF_DATASOURCE", "Query"]),
        k.list([
          k.symbol("v1"),
          k.dict(
            k.symbols(["RefID", "Query", "QueryType", "MaxDataPoints"]),
            k.list([text("A"), text(query), k.symbol("QUERY"), k.long(100)]),
          ),
        ]),
      ),
    ]),
    comes: [query === "1+1" ? "2" : /^\+`time`v!/],
  })),
};
