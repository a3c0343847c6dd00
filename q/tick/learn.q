/ learn.q: a model that learns from a tickerplant's quotes while they come, and publishes what it predicts.
/   q tick/learn.q -torch localhost:5020 -plant :localhost:5010
/ from the folder q. The server: torchq -p 5020 --data FOLDER --logs FOLDER-OF-THE-PLANT'S-LOGS, and --plants HOST:PORT
/ for a plant on another machine. The plant's schema is to have
/   quote:([]time:`timespan$();sym:`$();bid:`float$();ask:`float$();bsize:`long$();asize:`long$())
/   pred:([]time:`timespan$();sym:`$();prediction:`float$();version:`long$())
/ docs/feed.md has all options, what is promised, and what to do when the feed is behind.

\l torch.q
o:.Q.def[`torch`plant!(`localhost:5020;`:localhost:5010)].Q.opt .z.x
.torch.open o`torch

/ features: q texts by name; a later one may use those before it. Verbs that look back go on from message to message,
/ for each sym apart
x:`spread`imb`ret`vol!(
  "(ask-bid)%mid";
  "(bsize-asize)%bsize+asize";
  "10000*log ratios mid";
  "50 mdev ret")

/ what is to be predicted: the return to the sym's first quote ten seconds later, in basis points. A row waits for it
y:"10000*log ahead[0D00:00:10;mid]%mid"

plan:(!). flip(
  (`source;o`plant);                        / from here on, and what its log has of today
  (`table;`quote);
  (`name;`mids);                            / checkpoints are found by it: run again, this goes on where it was
  (`define;(1#`mid)!enlist"(bid+ask)%2");   / a name for others to use, which is no feature
  (`x;x);
  (`y;y);
  (`scale;1b);                              / features of mean 0 and deviation 1
  (`report;1000);                           / samples of a row of history
  (`save;100000);                           / rows between checkpoints
  (`publish;`pred))                         / predictions go to the plant

/ four features in, one number out: a small network, its loss and how it learns
begin:{[plan]
  q:module seq(`sequential; (`linear;`enc;4;32); `relu; (`linear;`out;32;1));
  feed(model(q; loss`mse; opt(`adamw;q;.001)); plan)}

/ a feed goes on when its session leaves: one that is there is looked at again
there:exec ptr from feed[] where feed=`mids,not ended
f:$[count there;first there;begin plan]
m:(feed f)`model

/ every ten seconds: how it stands, and how good its predictions were (ic: correlation with what came)
look:{
  -1 string[.z.t]," ",.Q.s1(feed f)`status`rows`steps`lag`dropped;
  show -3 sublist select time,samples,loss,rmse,ic,hit,note from history f;}
.z.ts:look
\t 10000
look[]

/ meanwhile, in this session or another of the same user:
/   freeze(m;`enc.weight`enc.bias)           / only the last layer learns, from the next batch on
/   lr(m;.0003)
/   predict(f;quotes)                        / for a table of rows that came now
/   checkpoint f                             / written down now
/   free f                                   / ends it; m stays, and can be used like any model
