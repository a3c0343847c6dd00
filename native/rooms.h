// Every room of native/ offers its verbs here; addon.cc collects them.
#pragma once

namespace torchq {

class Verbs;

void objectVerbs(Verbs& verbs);      // objects.cc: any object: class, list, free, second handles
void tensorVerbs(Verbs& verbs);      // tensors.cc: one tensor: create, retrieve, attributes
void collectionVerbs(Verbs& verbs);  // collections.cc: vectors and dictionaries of tensors
void operatorVerbs(Verbs& verbs);    // operators.cc: any ATen operator by name
void parameterVerbs(Verbs& verbs);   // parameters.cc: named tensors of modules and dictionaries; freezing
void moduleVerbs(Verbs& verbs);      // modules.cc: modules and losses
void optimizerVerbs(Verbs& verbs);   // optimizers.cc: optimizers and models
void parcelVerbs(Verbs& verbs);      // parcel.cc: large tensors on their way to a peer
void wireVerbs(Verbs& verbs);        // wire.cc: compression of messages, memory for them

}  // namespace torchq
