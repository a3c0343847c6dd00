// Containers whose children have places of their own: what each place takes, and how they compute together.
#include <algorithm>

#include "layers/callback.h"
#include "layers/types/rows.h"

namespace torchq {

namespace {

using Before = std::vector<const Layer*>;

bool isType(const Layer& layer, std::initializer_list<const char*> types) {
  return std::any_of(types.begin(), types.end(),
                     [&](const std::string& type) { return type == layer.type->name; });
}
bool isSequence(const Layer& layer) { return isType(layer, {"sequential", "seqnest"}); }
bool isCell(const Layer& layer) { return isType(layer, {"lstm", "gru", "rnn"}); }

/// A layer's name, or the one of its place.
std::string nameOr(const Layer& layer, const char* usual) { return layer.name.empty() ? usual : layer.name; }

/// Children as they came: sequences, and what is none.
struct Parted {
  Before sequences, others;
  const Layer* other() const { return others.empty() ? nullptr : others[0]; }
};

Parted parted(const Before& children) {
  Parted result;
  for (const auto* child : children) (isSequence(*child) ? result.sequences : result.others).push_back(child);
  return result;
}

Parted parted(const Layer& layer) {
  Before children;
  for (const auto& child : layer.children) children.push_back(child.value().get());
  return parted(children);
}

/// What a sequence makes of a tensor: nothing else where it has no modules, or is not there.
at::Tensor throughAny(const Layer* sequence, const at::Tensor& x) {
  return sequence && !sequence->children.is_empty() ? sequence->forward({x}).at(0) : x;
}

const Layer* nth(const Before& layers, size_t i) { return i < layers.size() ? layers[i] : nullptr; }
const Layer* childAt(const Layer& layer, size_t i) {
  return i < layer.children.size() ? layer.children[i].value().get() : nullptr;
}

// residual: a function of the sum of one sequence's result and the input, or of two sequences' results ---------------

std::string residualSlot(const Before& before, const Layer& child) {
  const auto [sequences, others] = parted(before);
  if (isSequence(child)) {
    if (sequences.empty()) return nameOr(child, "q1");
    if (sequences.size() == 1 && others.empty()) return nameOr(child, "q2");
    if (sequences.size() == 1)
      fail("residual: activation function already defined, cannot add a 2nd sequential module");
    fail("residual: both sequential modules already defined, cannot add another sequential module");
  }
  if (sequences.empty())
    fail("residual: cannot add ", label(child), " module until sequential module(s) defined");
  if (!others.empty())
    fail("residual: cannot add ", label(child), " module, activation function already defined");
  return nameOr(child, "fn");
}

Tensors residualForward(const Layer& layer, const Tensors& in) {
  const auto children = parted(layer);
  const auto& q = children.sequences;
  if (q.empty()) fail("residual: no modules defined for forward calculation");
  const auto sum = q[0]->forward(in).at(0) + (q.size() > 1 ? q[1]->forward(in).at(0) : in[0]);
  if (const auto* fn = children.other()) return fn->forward({sum});
  return {sum};
}

// fork: what each of two branches makes of the input ----------------------------------------------------------------

std::string forkSlot(const Before& before, const Layer& child) {
  if (before.size() > 1)
    fail("fork: cannot add ", label(child), " module, both left & right forks already defined");
  const bool sequence = isSequence(child);
  return nameOr(child, before.empty() ? (sequence ? "qa" : "a") : (sequence ? "qb" : "b"));
}

Tensors forkForward(const Layer& layer, const Tensors& in) {
  Tensors result;
  for (size_t i : {0, 1}) {
    const auto* branch = childAt(layer, i);
    result.push_back(branch ? branch->forward(in).at(0) : in[0]);
  }
  return result;
}

// transform: one sequence for training, one for evaluation ----------------------------------------------------------

std::string transformSlot(const Before& before, const Layer& child) {
  if (!isSequence(child)) fail("transform: cannot add ", label(child), " module, expecting sequential block");
  if (before.size() > 1) fail("transform: both training and evaluation transforms already defined");
  return nameOr(child, before.empty() ? "train" : "eval");
}

Tensors transformForward(const Layer& layer, const Tensors& in) {
  return {throughAny(childAt(layer, layer.module->is_training() ? 0 : 1), in[0])};
}

// seqjoin: two sequences and what joins their results ---------------------------------------------------------------

std::string joinSlot(const Before& before, const Layer& child) {
  if (isSequence(child)) {
    if (before.size() > 1) fail("seqjoin: both sequential layers already defined");
    return nameOr(child, before.empty() ? "qx" : "qy");
  }
  if (before.empty()) fail("seqjoin: at least one sequential layer must be defined first");
  if (parted(before).other()) fail("seqjoin: join layer already defined");
  return nameOr(child, "join");
}

Tensors joinForward(const Layer& layer, const Tensors& in) {
  const auto children = parted(layer);
  const auto* joint = children.other();
  if (!joint) fail("seqjoin: join layer not defined");
  const auto second = given(in, 1);
  const auto& q = children.sequences;
  return joint->forward(
      {throughAny(nth(q, 0), in[0]), throughAny(nth(q, 1), second.defined() ? second : in[0])});
}

// recur: a recurrent layer with sequences for its input and its output ----------------------------------------------

std::string recurSlot(const Before& before, const Layer& child) {
  const auto found =
      std::find_if(before.begin(), before.end(), [](const Layer* each) { return isCell(*each); });
  const auto* cell = found == before.end() ? nullptr : *found;
  if (isCell(child)) {
    if (cell)
      fail("recur: cannot add ", child.type->name, " module, ", cell->type->name, " module already defined");
    return child.type->name;
  }
  if (!isSequence(child))
    fail("recur: unable to add ", label(child),
         ", expecting sequential modules for input/output processing or recurrent module(lstm,gru,rnn)");
  if (!cell && !before.empty())
    fail(
        "recur: cannot add a sequential module for output processing until a recurrent module(lstm,gru,rnn) ",
        "defined");
  if (cell && before.back() != cell)
    fail(
        "recur: sequential module for output processing already added, cannot add another sequential module");
  return cell ? "out" : "in";
}

/// Output and hidden states; without gradients to earlier steps where they are detached.
Tensors recurForward(const Layer& layer, const Tensors& in) {
  const auto* cell = parted(layer).other();
  if (!cell) fail("recur: no recurrent lstm, gru or rnn module defined");
  const auto part = [&](const char* name) { return layer.child(name); };
  auto inputs = in;
  inputs[0] = throughAny(part("in"), in[0]);
  auto result = cell->forward(inputs);
  if (layer.options.flag("detach"))
    for (size_t i = 1; i < result.size(); ++i) result[i] = result[i].detach();
  result[0] = throughAny(part("out"), result[0]);
  return result;
}

// seqdict, seqlist: sequences, each of which takes what the one before gave, and as many further inputs as it can ----

template <class Wrong>
Tensors inTurn(const Layer& layer, const Tensors& in, Wrong wrong) {
  auto inputs = in;
  for (const auto& item : layer.children) {
    const auto& sequence = *item.value();
    if (!isSequence(sequence)) wrong(item.key(), label(sequence));
    const auto* first = childAt(sequence, 0);
    if (!first) continue;
    const auto count = std::min(inputs.size(), std::max<size_t>(first->type->maxInputs, 1));
    inputs[0] = sequence.forward({inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(count)}).at(0);
  }
  return {inputs[0]};
}

Tensors namedSequences(const Layer& layer, const Tensors& in) {
  return inTurn(layer, in, [](const auto& name, const auto& type) {
    fail("seqdict: key `", name, " is an unexpected type: ", type);
  });
}

Tensors listedSequences(const Layer& layer, const Tensors& in) {
  return inTurn(layer, in, [](const auto& name, const auto& type) {
    fail("seqlist: list[", name, "] is unexpected type: ", type);
  });
}

// nbeats: blocks that each take away what they explain of the input, and add to the forecast ------------------------

void block(const Layer& layer, at::Tensor& x, at::Tensor& y) {
  if (isType(layer, {"modulelist", "seqlist", "nbeats"})) {
    for (const auto& child : layer.children) block(*child.value(), x, y);
    return;
  }
  if (!isSequence(layer)) fail("nbeats: not a sequential or list module");
  const auto both = layer.forward({x});
  if (both.size() != 2) fail("nbeats: a block gives two tensors, (backcast;forecast), not ", both.size());
  x = x - both[0];
  y = y.defined() ? y + both[1] : both[1];
}

Tensors forecast(const Layer& layer, const Tensors& in) {
  auto x = in[0];
  at::Tensor y;
  for (const auto& child : layer.children) block(*child.value(), x, y);
  return {y};
}

/// @param title what the k api calls it in its texts
LayerType composite(const char* name, const char* title, Forward forward, size_t maxInputs,
                    Slot slot = nullptr) {
  LayerType row{name, [title](const Options&) { return named(title); }, forward, 1, maxInputs, true};
  row.slot = slot;
  return row;
}

}  // namespace

Rows compositeLayers() {
  return {
      composite("residual", "knn::Residual", residualForward, 3, residualSlot),
      composite("fork", "knn::Fork", forkForward, 1, forkSlot),
      composite("transform", "knn::Transform(", transformForward, 1, transformSlot),
      composite("seqjoin", "knn::SeqJoin", joinForward, 2, joinSlot),
      composite("recur", "knn::Recur", recurForward, 3, recurSlot),
      composite("seqdict", "knn::SeqDict", namedSequences, MOST_INPUTS),
      composite("seqlist", "knn::SeqList", listedSequences, MOST_INPUTS, positionSlot),
      composite("nbeats", "knn::NBeats", forecast, 1, positionSlot),
      {"callback",
       [](const Options& o) {
         std::string inputs;
         for (const auto& each : std::get<std::vector<Any>>(o.get("in").value))
           inputs += (inputs.empty() ? "" : ",") + std::get<std::string>(each.value);
         return named("knn::Callback",
                      text("(fn=", o.symbol("fn"), ", in=", inputs, ", out=", o.symbol("out"), ")"));
       },
       callBack, 1, 3, true},
  };
}

}  // namespace torchq
