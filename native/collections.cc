// Verbs on vectors and dictionaries of tensors.
#include "rooms.h"
#include "verb.h"

namespace torchq {

namespace {

Made vectorOf(const Tensors& tensors) { return {std::make_shared<TensorVector>(TensorVector{tensors})}; }

Made dictOf(const std::vector<std::string>& names, const Tensors& tensors) {
  if (names.size() != tensors.size()) fail("dict: ", names.size(), " names for ", tensors.size(), " tensors");
  auto dict = std::make_shared<TensorDict>();
  for (size_t i = 0; i < names.size(); ++i) dict->items.insert(names[i], tensors[i]);
  return {dict};
}

}  // namespace

void collectionVerbs(Verbs& verbs) {
  verbs.work<vectorOf>("vector");
  verbs.work<dictOf>("dict");
}

}  // namespace torchq
