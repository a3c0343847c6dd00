/ torch.q: the k api of a torchq server as functions of this session. For kdb+ 3.5 and later.
/   q)\l torch.q
/   q).torch.open`localhost:5020
/   q)q:module(`sequential; enlist(`linear;`a;64;10); `relu`b)
/   q)freeze(q;`a.weight)
/ Objects live in the server; what a function answers for one, its handle, is passed on as it came.

/ Connects and defines every function of the server in the root namespace. The address is `host:port or
/ `host:port:user:password with or without a leading colon, `unix://port, `tcps://host:port, as symbol or string, or
/ a port on this machine; or a list of one of these and a time limit in milliseconds for connecting.
.torch.open:{[address].torch.openin[`;address]};

/ As .torch.open, but the functions go to a namespace: .torch.openin[`.pt;`localhost:5020] defines .pt.freeze.
.torch.openin:{[ns;address]
  if[not(ns~`)or ns like".?*";'"torch: a namespace is a symbol that starts with a dot"];
  target:.torch.i.target address;
  h:.torch.i.connect target;
  f:@[.torch.i.table;h;{[h;e]hclose h;'e}h];
  .torch.close[];
  .torch.i.h:h;
  .torch.i.at:enlist target;
  .torch.functions:f;
  .torch.i.pairs:exec name from f where args=2;
  own:f[`name]in .Q.res,key`.q;
  .torch.i.bind[ns]each f[`name]where not own;
  .torch.i.note f[`name]where own;
  };

/ Calls a function by its name; one that takes two arguments (use) takes the list of them here.
.torch.call:{[name;arg].torch.i.send[abs;.torch.i.request[name;arg]]};

/ As .torch.call, but without a reply, and so without word of an error. Calls stay in order.
.torch.async:{[name;arg].torch.i.send[neg;.torch.i.request[name;arg]];};

/ Writes what is still to be sent and closes. Objects stay in the server for a while: see its option --linger.
.torch.close:{[]
  {if[not null x;@[{neg[x][];hclose x};x;{[e]}]]}each .torch.i.h,.torch.i.sides;
  .torch.i.h:0Ni;
  .torch.i.sides:();
  .torch.i.at:();
  };

/ Called by the server while a request of this session waits: the function that a callback module names gets the module
/ and its inputs, and gives a tensor. The connection is taken by that request, so the function's calls go over another.
/ (An open q's value sees locals: hence their names.)
.torch.callback:{[id;f;args]
  h:.torch.i.beside count .torch.i.within;
  .torch.i.within,:id;
  r:.[{[itsName;itsArgs](1b;.[value itsName;itsArgs])};(f;args);{[e](0b;e)}];
  .torch.i.within:-1_.torch.i.within;
  .[{[h;x]h x};(h;(`.torch.answer;id;r 0;r 1));{[e]}];
  };

/ Of this file, and of the server's libtorch, empty where there is no server to ask.
.torch.version:{[]`client`libtorch!(.torch.i.version;@[.torch.call[`version];();""])};

.torch.i.version:"0.1.0";

/ The server is told that this session's functions can be called; one of before callback modules cannot call them.
.torch.i.connect:{[target]
  h:hopen target;
  @[{[h]h(`.torch.callbacks;1b)};h;{[e]}];
  h};

/ The connection for a function's calls, one for each function that is being called in the course of another.
.torch.i.beside:{[depth]
  known:$[depth<count .torch.i.sides;@[{[h]h"";1b};.torch.i.sides depth;0b];0b];
  if[not known;
    {@[hclose;x;{[e]}]}each depth _ .torch.i.sides;
    .torch.i.sides:(depth#.torch.i.sides),.torch.i.connect first .torch.i.at];
  .torch.i.sides depth};

/ What hopen takes.
.torch.i.target:{[x]
  $[(type[x]in 0 5 6 7h)and 2=count x;(.torch.i.address x 0;"i"$x 1);.torch.i.address x]};

.torch.i.address:{[x]
  s:$[10h=type x;x;string x];
  if[all(s except":")in .Q.n;s:"::",s except":"];
  `$$[":"=first s;s;":",s]};

/ The server's functions: name, number of arguments, page of the documentation.
.torch.i.table:{[h]
  f:h(`functions;::);
  if[not all .torch.i.isname each string f`name;'"torch: the server has a function with no legal name"];
  f};

.torch.i.isname:{[s](first[s]in .Q.a,.Q.A)and all s in .Q.an};

/ A lambda, not a projection: its rank is true and f[] passes (::).
.torch.i.bind:{[ns;name]
  f:"{.torch.call[`",string[name],$[name in .torch.i.pairs;";(x;y)]}";";x]}"];
  $[null ns;name;` sv ns,name]set value f;
  };

.torch.i.note:{[names]
  if[count names;-2"torch: these names are q's own, call them as .torch.call[`name;arg]: "," "sv string names];
  };

.torch.i.request:{[name;arg]$[name in .torch.i.pairs;(name;arg 0;arg 1);(name;arg)]};

/ The connection; opened anew where the last one was lost.
.torch.i.live:{[]
  if[()~.torch.i.at;'"torch: not open"];
  if[null .torch.i.h;.torch.i.h:.torch.i.connect first .torch.i.at];
  .torch.i.h};

/ A call whose connection breaks may or may not have run, so it is not repeated: it raises, the next one connects.
.torch.i.send:{[way;request]
  .[{[h;x]h x};$[count .torch.i.within;
      (way .torch.i.sides[-1+count .torch.i.within];(`.torch.within;last .torch.i.within;request));
      (way .torch.i.live[];request)];
    .torch.i.raise]};

/ What errors of a broken connection say varies with q's versions, so whether it is one is found out by asking.
.torch.i.raise:{[error]
  if[not count .torch.i.within;if[not @[{[h]h"";1b};.torch.i.h;0b];.torch.i.drop[]]];
  'error};

.torch.i.drop:{[]
  @[hclose;.torch.i.h;{[e]}];
  .torch.i.h:0Ni;
  };

/ Loaded again, this file keeps its connection and the hook that is set.
if[not`h in key`.torch.i;
  .torch.i.h:0Ni;
  .torch.i.sides:();
  .torch.i.at:();
  .torch.i.within:`long$();
  .torch.functions:([]name:`$();args:`long$();page:`$());
  .torch.i.pairs:`$();
  .z.pc:{[f;h]if[h=.torch.i.h;.torch.i.h:0Ni];f h}@[get;`.z.pc;{[e]{[h]}}]];
