/ Pictures of crosses, rings and squares, told apart by a convolution net; one of its layers is frozen in the midst of
/ training. From the folder q:
/   q examples/shapes.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/shapes.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]
seed 3

/ n random numbers from 0 to 1, made by the server, where seed says which
random:{[n]z:tensor(`rand;n;`double); r:tensor z; free z; r}

/ a picture is 16 x 16 numbers: a shape of half width r around the centre c, with noise. d is how far each pixel is from
/ the centre, across and down
k:`cross`ring`square
far:{[c]abs(16#enlist til 16;16#'til 16)-c}
inside:k!(
  {[d;r](r>=max d)&1>min d};               / within reach, on one of the two lines
  {[d;r]1>abs r-sqrt sum d*d};             / at the distance r
  {[d;r]1>abs r-max d})                    / at the distance r, the farther of the two directions counting
draw:{[shape]
  d:far 5+6*random 2;
  "e"$inside[shape][d;3+2*first random 1]+16 cut random[256]-.5}

/ n pictures, each in one channel (n x 1 x 16 x 16), and which shape each is, as its place in k
make:{[n]y:n#til count k; (enlist each draw each k y; y)}
data:make 600
more:make 200

/ two convolutions, each followed by taking the largest of 2 x 2 neighbours: 16 x 16 -> 8 x 8 -> 4 x 4
q:module seq(`sequential;
  (`conv2d;`first;1;8;3;1;1); `relu; (`maxpool2d;2);
  (`conv2d;`second;8;16;3;1;1); `relu; (`maxpool2d;2);
  `flatten; (`linear;`last;16*4*4;count k))
m:model(q; loss`ce; opt(`adamw; q; .005))

/ data for training, and data that the model never learns from, to test it with
train(m; `batchsize`shuffle; (50;1b));
test(m; `batchsize`metrics; (200;`loss`accuracy));
train(m; data 0; data 1);
test(m; more 0; more 1);

-1"parameters";
show parmtypes m

-1"\npictures told right, in percent: a third by chance";
show last testrun m

/ two epochs of all, then two in which the first convolution stays as it is: a frozen parameter is not moved by the
/ optimizer, neither by momentum nor by weight decay
run(m;2);
frozen:`first.weight`first.bias
kept:parms m
before:dict kept
freeze(m;frozen)
run(m;2);
after:dict kept
-1"\nwhat two epochs with a frozen first layer have left as it was";
same:{(key x)!value[x]~'value y}
show same[before;after]

unfreeze(m;frozen)
run(m;1);
-1"\nand one more with nothing frozen";
show same[after;dict kept]

/ every epoch so far is a row: how many batches, the mean loss, the learning rate, the time it took
-1"\nepochs so far";
h:history m
{-1"epoch ",string[x`epoch],": ",string[x`batches]," batches with a mean loss of ",.Q.f[4;x`loss];}each h;
show(last h`loss)<first h`loss

/ fit: epochs with a test after each, rates that fall as a cosine does, and at the end the parameters of the best epoch
t:fit(m; 8; `schedule`watch!`cosine`accuracy)
-1"\nfit: loss, loss of the test, percent told right";
{-1"epoch ",string[x`epoch],": "," "sv .Q.f[4]each x`loss`testloss`testaccuracy;}each t;

-1"\npictures told right, in percent";
show last testrun m
show 90<last testrun m

/ which shapes are told right how often
told:k({x?max x}each evaluate(m; more 0))
-1"\nthe same as a share, by shape";
show exec avg shape=told by shape from([]shape:k more 1; told)

free(kept;m)
