// Verbs that average weights over steps: copies of parameters back, running averages, statistics of batch normalizations.
#include "training/averages.h"

#include "door/verb.h"
#include "objects/members.h"
#include "training/model.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

std::shared_ptr<Layer> moduleOf(const Object& object) {
  if (const auto* layer = std::get_if<std::shared_ptr<Layer>>(&object)) return *layer;
  if (const auto* model = objectAs<Model>(object)) return model->module;
  fail("module or model expected");
}

std::vector<bool> put(const Object& object, const std::shared_ptr<TensorDict>& values) {
  return putParameters(membersOf(object), *values);
}

int64_t take(const Object& object, const std::shared_ptr<TensorDict>& averages) {
  return average(membersOf(object), *averages);
}

Record momentaOf(const Object& object) {
  std::vector<std::string> names;
  std::vector<Reply> values;
  for (const auto& [path, value] : momenta(layerOf(object))) {
    names.push_back(path);
    values.push_back(value ? Reply(*value) : Reply());
  }
  Record result;
  result.set("names", names).set("values", std::move(values));
  return result;
}

void set(const Object& object, const std::string& path, const std::optional<double>& value,
         const std::vector<uint8_t>& definition) {
  setMomentum(moduleOf(object), {path, value}, definition);
}

void reset(const Object& object) { resetStatistics(layerOf(object)); }

}  // namespace

void averageVerbs(Verbs& verbs) {
  verbs.work<put>("putParameters");
  verbs.work<take>("averageParameters");
  verbs.look<momentaOf>("momenta");
  verbs.look<set>("setMomentum");
  verbs.light<reset>("resetStatistics");
}

}  // namespace torchq
