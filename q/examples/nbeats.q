/ A forecast with N-BEATS: a series with a trend and two seasons, half a day ahead. From the folder q:
/   q examples/nbeats.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/nbeats.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]
seed 11

/ a value each hour for twelve weeks: more from week to week, up and down within a day, and lower at weekends, with noise
n:12*7*24
i:til n
pi:acos -1
z:tensor(`randn;n;`double)
noise:tensor z
free z
series:10+(4*i%n)+(3*sin i*2*pi%24)+(-2*(mod[i div 24;7])in 5 6)+.2*noise

/ from the last b values the next f are told: b is a week, f half a day. A window holds both; the last fifth of the
/ windows is kept for testing, less those that overlap with the others
b:7*24
f:12
windows:"e"$(series%avg series)til[1+n-b+f]+\:til b+f
parts:{[w;k](k#w;(k+b+f)_w)}[windows;floor .8*count windows]
xy:{(b#'x;b _'x)}each parts

/ A block looks at b values and answers two things through a fork: which part of them it explains, and what that says of
/ the next f. N-BEATS takes what is explained away before the next block looks, and adds up what the blocks say: each has
/ to explain what those before it could not
side:{[u;t;out]seq(`sequential; (`linear;u;t); (`linear;t;out))}
block:{[b;f;u;t]
  look:seq(`sequential; (`linear;b;u); `relu; (`linear;u;u); `relu);
  look,enlist(`fork; side[u;t;b]; side[u;t;f])}
q:module`nbeats,3#enlist block[b;f;128;8]
m:model(q; loss`mse; opt(`adamw; q; .001))

train(m; `batchsize`shuffle; (64;1b));
test(m; `batchsize; 1000);
-1"batches for training and for testing";
show(train(m;xy[0;0];xy[0;1]); test(m;xy[1;0];xy[1;1]))

t:fit(m; 20; `schedule`top!(`onecycle;5f))
-1"\nloss after epochs 1, 5, 10 and 20, then of the tests";
show t[`loss]0 4 9 19
show t[`testloss]0 4 9 19

/ the forecasts, in the series' own measure, beside what happened and beside a guess that is hard to beat: the same hours
/ of the day before
scale:avg series
happened:scale*xy[1;1]
forecast:scale*evaluate(m;xy[1;0])
guess:scale*neg[24]#'xy[1;0]
error:{avg raze abs x-y}
-1"\nmean absolute error: of the forecast, of the guess";
show e:(error[happened;forecast];error[happened;f#'guess])
show e[0]<e 1

/ how it grows with the hours ahead
-1"\nerror 1, 6 and 12 hours ahead";
show(avg abs happened-forecast)0 5 11

free m
