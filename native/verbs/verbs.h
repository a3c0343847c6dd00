// Every file of verbs/ offers its verbs here; addon.cc collects them. A verb's name to TypeScript is server/engine's.
#pragma once

namespace torchq {

class Verbs;

void objectVerbs(Verbs& verbs);        // any object: class, list, free, second handles, what it holds
void tensorVerbs(Verbs& verbs);        // one tensor: create, retrieve, attributes
void collectionVerbs(Verbs& verbs);    // vectors and dictionaries of tensors
void operatorVerbs(Verbs& verbs);      // any ATen operator by name
void parameterVerbs(Verbs& verbs);     // named tensors of modules and dictionaries; freezing
void gradientVerbs(Verbs& verbs);      // gradients of any object
void initialValueVerbs(Verbs& verbs);  // first values of weights
void moduleVerbs(Verbs& verbs);        // modules: making them, their tree, their calculation
void lossVerbs(Verbs& verbs);
void optimizerVerbs(Verbs& verbs);
void modelVerbs(Verbs& verbs);
void averageVerbs(Verbs& verbs);   // averages of weights over the steps of training
void trainingVerbs(Verbs& verbs);  // a model's data and options, batches, runs over them
void learningVerbs(
    Verbs& verbs);  // a feed's learner: batches learned in order, its champion, what it remembers
void storedVerbs(Verbs& verbs);  // all tensors of a module or model as bytes of their own types
void parcelVerbs(Verbs& verbs);  // large tensors on their way to a peer
void wireVerbs(Verbs& verbs);    // compression of messages, memory for them
/// What runs on the JavaScript thread is little: a second pool of OpenMP threads for it would throttle the engine's.
/// Called there, once.
void computeAlone();
void libraryVerbs(Verbs& verbs);  // libtorch as a whole: seeds, default data type, devices
void machineVerbs(Verbs& verbs);  // the machine that libtorch runs on, the end of the process

}  // namespace torchq
