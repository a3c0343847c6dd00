// Verbs on a model's data and options, on its batches, and runs over all of them.
#include "door/verb.h"
#include "layers/callback.h"
#include "layers/forward.h"
#include "objects/members.h"
#include "training/clip.h"
#include "training/model.h"
#include "training/run.h"
#include "values/names.h"
#include "verbs/results.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// Inputs or targets as they are given.
struct GivenSamples {
  Samples::Kind kind;
  Inputs values;
  std::vector<std::string> names;
};

using ModelPtr = std::shared_ptr<Model>;

Record optionsOf(const ModelPtr& model, Phase phase) {
  const auto& o = model->of(phase).options;
  std::vector<Reply> metrics;
  for (const auto metric : o.metrics) metrics.emplace_back(METRIC_NAMES[static_cast<size_t>(metric)]);
  Record result;
  result.set("batchsize", o.batchsize).set("task", o.task).set("tasks", o.tasks);
  result.set("droplast", o.droplast).set("hidden", o.hidden);
  result.set("shuffle", o.shuffle).set("shufflecuda", o.shufflecuda).set("shuffleseed", o.shuffleseed);
  result.set("sync", o.sync).set("clipgroup", o.clipgroup).set("guard", o.guard);
  result.set("autocast", o.autocast ? nameOf(*o.autocast) : "none").set("channelslast", o.channelslast);
  if (o.clipnorm) result.set("clipnorm", o.clipnorm->most).set("cliporder", o.clipnorm->order);
  result.set("clipvalue", o.clipvalue);
  result.set("tensor", o.tensor).set("dictionary", o.dictionary).set("metrics", std::move(metrics));
  return result;
}

/// @param startOver the next batch is the first
void setRunOptions(const ModelPtr& model, Phase phase, const Options& options, bool startOver) {
  refuseInCallbacks("train");
  auto& state = model->of(phase);
  state.options = runOptions(options);
  if (startOver) state.data.startOver();
}

std::optional<Samples> samples(const Model& model, const std::optional<GivenSamples>& given) {
  if (!given) return {};
  return Samples{given->kind, tensorsOn(model.module->device(), given->values), given->names};
}

int64_t setData(const ModelPtr& model, Phase phase, const std::optional<GivenSamples>& inputs,
                const std::optional<GivenSamples>& targets) {
  refuseInCallbacks("train");
  auto& state = model->of(phase);
  state.data.set(samples(*model, inputs), samples(*model, targets));
  return state.options.batches(state.data.rows());
}

Record shape(const Samples& samples) {
  Record result;
  result.set("kind", SAMPLES_NAMES[static_cast<size_t>(samples.kind)]);
  result.set("count", static_cast<int64_t>(samples.tensors.size()));
  return result;
}

Record dataInfo(const ModelPtr& model, Phase phase) {
  const auto& [options, data, run, outputs] = model->of(phase);
  Record result;
  result.set("inputs", shape(data.given().inputs)).set("targets", shape(data.given().targets));
  result.set("rows", data.rows());
  result.set("batches", data.rows() < 0 ? int64_t{-1} : options.batches(data.rows()));
  return result;
}

/// The tensors as a session has them: one for itself, several as a vector or dictionary; or their k arrays.
Record dataOf(const ModelPtr& model, Phase phase, const std::string& which, bool asK) {
  auto& data = model->of(phase).data;
  const auto& shown = which == "inputs" ? data.shown().inputs : data.shown().targets;
  Record result = shape(shown);
  result.set("names", shown.names);
  if (asK) {
    result.set("values", kArrays(shown.tensors));
  } else if (shown.kind == Samples::Kind::tensor) {
    result.set("object", Made{shown.tensors.at(0)});
  } else if (shown.kind == Samples::Kind::vector) {
    result.set("object", resultList(shown.tensors, false));
  } else if (shown.kind == Samples::Kind::dictionary) {
    auto dict = std::make_shared<TensorDict>();
    for (size_t i = 0; i < shown.tensors.size(); ++i) dict->items.insert(shown.names.at(i), shown.tensors[i]);
    result.set("object", Made{std::move(dict)});
  }
  return result;
}

int64_t dataSize(const ModelPtr& model, Phase phase) { return model->of(phase).data.size(); }

bool nextBatch(const ModelPtr& model, Phase phase) {
  refuseInCallbacks("batch");
  auto& state = model->of(phase);
  return state.data.next(state.options);
}

int64_t beginBatches(const ModelPtr& model, Phase phase) {
  refuseInCallbacks("batch");
  auto& state = model->of(phase);
  state.data.begin(state.options);
  return state.data.rows() < 0 ? -1 : state.options.batches(state.data.rows());
}

int64_t restoreData(const ModelPtr& model, Phase phase) {
  refuseInCallbacks("restore");
  return model->of(phase).data.restore();
}

void shuffleData(const ModelPtr& model) {
  refuseInCallbacks("shuffle");
  auto& [options, data, run, outputs] = model->train;
  if (options.shuffle) data.shuffle(options);
}

void unshuffleData(const ModelPtr& model) {
  refuseInCallbacks("unshuffle");
  model->train.data.unshuffle();
}

Reply forwardData(const ModelPtr& model, Phase phase, const std::string& mode, bool asK) {
  return results(forwardIn(mode, *model->module, model->of(phase).data.shown().inputs.tensors), asK);
}

/// On the model's training data where nothing is given.
Bytes backwardModel(const ModelPtr& model, const std::optional<Inputs>& inputs,
                    const std::optional<Inputs>& targets) {
  const auto device = model->module->device();
  if (inputs)
    return tensorToK(model->backward(tensorsOn(device, *inputs), tensorsOn(device, *targets)), true);
  const auto& [x, y] = model->train.data.shown();
  return tensorToK(model->backward(x.tensors, y.tensors), true);
}

Bytes backstep(const ModelPtr& model, const std::optional<Inputs>& inputs,
               const std::optional<Inputs>& targets) {
  refuseInCallbacks("backstep");
  const auto device = model->module->device();
  if (!inputs) return tensorToK(model->backstep(), true);
  const Treatment treatment(*model->optimizer, model->train.options);
  return tensorToK(model->step(tensorsOn(device, *inputs), tensorsOn(device, *targets), treatment).loss,
                   true);
}

/// @returns the norms before, of each group or of all; nothing where each value is clipped
std::vector<double> clipGradients(const Object& object, bool byNorm, double most, double order, bool groups) {
  const auto* optimizer = objectAs<Optimizer>(object);
  if (const auto* model = objectAs<Model>(object)) optimizer = model->optimizer.get();
  std::vector<Tensors> lists;
  if (optimizer && groups && byNorm)
    lists = groupParameters(*optimizer);
  else
    lists = {optimizer ? managedParameters(*optimizer) : membersOf(object).tensors};
  std::vector<double> result;
  for (const auto& list : lists) {
    if (!byNorm) {
      clipValue(list, most);
      continue;
    }
    const auto norm = clipNorm(list, most, order);
    result.push_back(norm.defined() ? norm.item().toDouble() : 0.0);
  }
  return result;
}

/// Set while somebody waits for the engine.
std::atomic<bool> wanted{false};
void hurry(bool flag) { wanted.store(flag, std::memory_order_relaxed); }

/// As many of the last runs are remembered.
constexpr size_t MOST_EPOCHS = 10000;

/// Goes on with the run; where it is over or fails, it has ended.
/// @returns the result of each metric; nothing where the run gives way in the middle
Reply runSlice(const ModelPtr& model, Phase phase, bool asK) {
  auto& current = model->of(phase).run;
  if (!current) fail("no run goes on");
  const auto run = current;
  try {
    if (!run->slice(*model, wanted)) return {};
  } catch (...) {
    current.reset();
    throw;
  }
  current.reset();
  if (phase == Phase::train && model->train.data.rows() > 0 && !run->forwardOnly()) {
    auto& history = model->history;
    if (history.size() == MOST_EPOCHS) history.pop_front();
    history.push_back(run->epoch(*model));
    ++model->epochs;
  }
  std::vector<Reply> replies;
  for (const auto& value : run->results()) replies.push_back(result(value, asK));
  return replies;
}

/// A new run and its first slice in one: a short run waits for the engine once.
Reply beginRun(const ModelPtr& model, Phase phase, bool forwardOnly, bool asK) {
  refuseInCallbacks("run");
  auto& state = model->of(phase);
  if (state.run)
    fail(phase == Phase::train ? "run: the model is being trained by another call"
                               : "testrun: the model is being tested by another call");
  state.run = std::make_shared<Run>(*model, phase, forwardOnly);
  return runSlice(model, phase, asK);
}

Record shown(const Epoch& epoch) {
  Record record;
  record.set("epoch", epoch.number).set("batch", epoch.batch).set("batches", epoch.batches);
  record.set("loss", epoch.loss).set("rate", epoch.rate).set("seconds", epoch.seconds);
  return record;
}

/// Epochs as they are shown: those that are over, and the one that goes on.
std::vector<Reply> history(const ModelPtr& model) {
  std::vector<Reply> result;
  for (const auto& epoch : model->history) result.emplace_back(shown(epoch));
  if (model->train.run) result.emplace_back(shown(model->train.run->epoch(*model)));
  return result;
}

/// The epoch that goes on; nothing where none does.
Reply epoch(const ModelPtr& model) {
  if (!model->train.run) return {};
  return shown(model->train.run->epoch(*model));
}

bool running(const ModelPtr& model) { return model->train.run != nullptr; }

void endRun(const ModelPtr& model, Phase phase) { model->of(phase).run.reset(); }

int64_t weighGiven(
    const std::tuple<ModelPtr, Phase, std::optional<GivenSamples>, std::optional<GivenSamples>>& args) {
  const auto& [model, phase, inputs, targets] = args;
  return (inputs ? weigh(inputs->values) : 0) + (targets ? weigh(targets->values) : 0);
}

/// Windows on tensors are moved, but where rows are put into an order.
int64_t weighBatch(const std::tuple<ModelPtr, Phase>& args) {
  const auto& state = std::get<0>(args)->of(std::get<1>(args));
  return state.options.shuffle || state.data.shuffled() ? TOO_MUCH : 0;
}

}  // namespace

template <>
struct From<Phase> {
  static Phase read(const Call& call, const Napi::Value& v) {
    return From<std::string>::read(call, v) == "test" ? Phase::test : Phase::train;
  }
};
template <>
struct From<GivenSamples> {
  static GivenSamples read(const Call& call, const Napi::Value& v) {
    const auto object = objectFrom(v);
    return {samplesKind(From<std::string>::read(call, object.Get("kind"))),
            From<Inputs>::read(call, object.Get("inputs")),
            From<std::optional<std::vector<std::string>>>::read(call, object.Get("names"))
                .value_or(std::vector<std::string>())};
  }
};

void trainingVerbs(Verbs& verbs) {
  verbs.look<optionsOf>("runOptions");
  verbs.look<setRunOptions>("setRunOptions");
  verbs.light<setData, weighGiven>("setData");
  verbs.look<dataInfo>("dataInfo");
  verbs.work<dataOf>("data");
  verbs.look<dataSize>("dataSize");
  verbs.light<nextBatch, weighBatch>("nextBatch");
  verbs.light<beginBatches, weighBatch>("beginBatches");
  verbs.light<restoreData, weighBatch>("restoreData");
  verbs.work<shuffleData>("shuffleData");
  verbs.work<unshuffleData>("unshuffleData");
  verbs.work<forwardData>("forwardData");
  verbs.work<backwardModel>("backwardModel");
  verbs.work<backstep>("backstep");
  verbs.work<clipGradients>("clipGradients");
  verbs.look<hurry>("hurry");
  verbs.work<beginRun>("beginRun");
  verbs.work<runSlice>("runSlice");
  verbs.look<endRun>("endRun");
  verbs.work<history>("history");
  verbs.work<epoch>("epoch");
  verbs.look<running>("running");
}

}  // namespace torchq
