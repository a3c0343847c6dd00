/ A network that learns a few lines of text by heart, character by character, and then writes. From the folder q:
/   q examples/chars.q -torch host:port
/ or in torchq's own console, with the path from where it was started: \l q/examples/chars.q
if[()~@[get;`module;()]; system"l torch.q"; .torch.open(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch]
seed 7

text:"the tide comes in and brings the boats, the tide goes out and takes them back; "
text,:"a tick comes in and brings a price, a trade goes out and moves the book. "
text,:"what is new today is soon the past, for no two days are quite the same; "
text,:"we keep the day in memory, and write it down at night to disk. "

/ characters as numbers: places in the alphabet
alphabet:asc distinct text
a:count alphabet
codes:alphabet?text

/ an example is s characters, its target the s characters one place further on; there is one for each place in the text,
/ which goes round, so that its beginning follows its end
s:24
windows:(codes,(1+s)#codes)til[count codes]+\:til 1+s
x:-1_'windows
y:1_'windows

/ recur: what comes in, the recurrent layer, what goes out. Its input is a batch of texts, n x s numbers; embed makes
/ each character a vector of 16, lstm keeps in h numbers what it has read so far, linear weighs the a characters that may
/ come next. Cross entropy wants these weights before the places: n x a x s
h:64
q:module`recur
module(q; 1; `sequential)
module(q; 2; (`embed; a; 16))
module(q; 1; (`lstm; 16; h; 1; 1b; 1b))
module(q; 1; `sequential)
module(q; 2; (`linear; h; a))
module(q; 2; (`transpose; 1; 2))
m:model(q; loss`ce; opt(`adam; q; .01))

train(m; `batchsize`shuffle; (32;1b));
-1"batches of an epoch";
show train(m; x; y)

losses:raze run(m;25)
-1"\nloss of epochs 1, 5, 10 and 25";
show losses 0 4 9 24

/ reads a character and answers the weights of what may come next. The vector v goes in and comes out: its first member
/ is the character, then the weights; the others are what the lstm remembers
weigh:{[m;v;c]
  vector(v; 0; tensor enlist enlist c);
  use[v]eforward(m;v);
  raze over vector(v;0)}

/ reads a beginning, then writes n characters: picks one by its weight, reads it, picks the next
write:{[m;pick;n;start]
  v:vector 0e;
  f:{[m;v;pick;c]pick weigh[m;v;c]}[m;v;pick];
  c:alphabet?start;
  f each -1_c;
  c:n f\last c;
  free v;
  (-1_start),alphabet c}

/ the likeliest character; or one by chance, weights made probabilities, at a low temperature t seldom an unlikely one
likeliest:{[w]w?max w}
chance:{[t;w]multinomial softmax w%t}

-1"\nwhat it writes after: what is new";
-1 write[m; likeliest; 80; "what is new"];

/ by chance it goes from one line to another where they have words in common
-1"\nhow many of 30 words or so, written by chance, are words of the text; as a share";
words:1_-1_" "vs write[m; chance .5; 200; "the tide"]
show avg words in" "vs text
show .8<avg words in" "vs text

free m
