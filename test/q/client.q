/ What torch.q does besides calling: addresses, namespaces, ranks, errors, calls without a reply, closing.
\l torch.q
address:(.Q.def[(1#`torch)!1#`localhost:5020] .Q.opt .z.x)`torch
port:"J"$last":"vs string address

-1"not open yet";
show @[.torch.call[`tensor];1 2 3;{x}]

show .torch.version[]`client

-1"addresses";
show .torch.i.target each(5020;5020i;`host:5020;`:host:5020:ann:pw;"host:5020";":host:5020:ann:pw")
show .torch.i.target each(`::5020;":5020";"5020";`unix://5020;`:tcps://host:5020)
show .torch.i.target(`host:5020;500)
show .torch.i.target(5020;500)

-1"opening, by any of them";
.torch.open address
show tensor tensor 1 2 3
.torch.open string address
.torch.open(address;5000)
.torch.open port
.torch.open(port;5000i)
show tensor tensor 1 2 3
show`name`args`page~cols .torch.functions
show 1=count select from .torch.functions where name=`freeze,args=1,page=`freeze

-1"functions of one and two arguments; handles in lists and dictionaries";
t:tensor 2 3#til 6
show type t
show type first t
show tensor t
show(2 3#til 6;1 2f)~tensor each(t;tensor 1 2f)
d:`a`b!(t;tensor 7h)
show(`a`b!(2 3#til 6;7h))~tensor each d
show use
use[t]tensor 4 5f
show tensor t
show(enlist 5)~tensor tensor enlist 5
show(enlist 1 2)~tensor tensor enlist 1 2

-1"in a namespace; the root keeps its own";
tensor:{[x]`mine}
.torch.openin[`.pt;(address;5000)]
show tensor 1
show .pt.tensor t
show @[.torch.openin[`pt];address;{x}]
show @[.torch.openin[`.];address;{x}]

-1"an address that nobody listens at changes nothing";
show @[.torch.open;(`localhost:1;500);{"raised"}]
show .pt.tensor t

-1"errors are the server's";
show @[.pt.gradflag;(t;`a;`b);{x}]
show @[.torch.call[`nosuch];1;{x}]
show .torch.call[`tensor;t]
.pt.free t
show @[.pt.tensor;t;{x}]

-1"no reply";
t:.pt.tensor 1 2 3f
.torch.async[`gradflag;(t;1b)]
show .pt.gradflag t
.torch.async[`use;(t;9 8f)]
show .pt.tensor t
.torch.async[`nosuch;t]
.torch.async[`free;t]
show @[.pt.tensor;t;{x}]

-1"names of q's own are left out, names that are none are refused";
table:.torch.i.table
.torch.i.table:{[h]([]name:`in`div`tensor;args:1 1 1;page:3#`a)}
.torch.openin[`.own;address]
show`in`div`tensor in key`.own
.torch.i.table:table
.torch.open address
show .torch.i.isname each("freeze";"log1p";"a_b";"x`y";"f;exit 1";"1a";"";"_a")

-1"loaded again, it keeps the connection; closed, it has none";
t:.pt.tensor 1 2 3f
\l torch.q
show .pt.tensor t
.torch.close[]
show @[.pt.tensor;t;{x}]
.torch.close[]
.torch.open address
show tensor t
free t
