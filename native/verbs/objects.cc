// Verbs on objects of any class.
#include <ATen/core/Formatting.h>

#include <algorithm>
#include <utility>

#include "door/verb.h"
#include "objects/members.h"
#include "objects/tensor_info.h"
#include "objects/totals.h"
#include "verbs/verbs.h"

namespace torchq {

namespace {

/// The class of the user's object, or nothing for a handle that is stale or somebody else's.
std::optional<std::string> kind(User user, Handle handle) {
  const auto* object = registry().find(user.id, handle);
  if (!object) return {};
  return KIND_NAMES[object->index()];
}

std::vector<Reply> handles(User user) {
  std::vector<Reply> result;
  for (const auto handle : registry().handles(user.id)) result.emplace_back(static_cast<double>(handle));
  return result;
}

bool release(User user, Handle handle) {
  auto object = registry().take(user.id, handle);
  if (!object) return false;
  discard(std::move(*object));
  return true;
}

/// Lets `handle` stand for the object of `source`, whose own handle ends. Other handles to the old object keep it.
void replace(User user, Handle handle, Handle source) {
  auto& object = registry().get(user.id, handle);
  discard(std::exchange(object, registry().get(user.id, source)));
  if (source != handle) release(user, source);
}

/// All of the user's.
void releaseAll(User user) { jobs().discard(registry().takeAll(user.id)); }

double newUser() { return registry().newUser(); }

/// The user's objects end, and nothing more is made for him.
void forgetUser(User user) {
  jobs().discard(registry().forget(user.id));
  takeWarnings(user.id);
}

std::vector<std::string> warnings(User user) { return takeWarnings(user.id); }

int64_t objectCount() { return static_cast<int64_t>(registry().count()); }

Made addref(const Object& object) { return {object}; }

int64_t address(const Object& object) {
  return std::visit(
      [](const auto& x) -> int64_t {
        if constexpr (std::is_same_v<std::decay_t<decltype(x)>, at::Tensor>)
          return reinterpret_cast<int64_t>(x.unsafeGetTensorImpl());
        else
          return reinterpret_cast<int64_t>(x.get());
      },
      object);
}

/// References to the object, the one that this call holds left out.
int64_t references(const Object& object) {
  return std::visit([](const auto& x) -> int64_t { return static_cast<int64_t>(x.use_count()) - 1; }, object);
}

Reply attribute(const Object& object, const std::string& name) {
  const auto read = tensorAttribute(name);
  if (const auto* t = std::get_if<at::Tensor>(&object)) return read(*t);
  const auto members = membersOf(object);
  std::vector<Reply> values;
  values.reserve(members.tensors.size());
  for (const auto& t : members.tensors) values.emplace_back(read(t));
  Record result;
  result.set("names", members.names).set("values", std::move(values));
  return result;
}

/// libtorch shows every element, and every empty list too.
void checkShown(const at::Tensor& t) {
  constexpr int64_t MOST_SHOWN = 10000000;
  int64_t shown = 1;
  if (t.defined())
    for (const auto size : t.sizes())
      if (__builtin_mul_overflow(shown, std::max<int64_t>(size, 1), &shown)) shown = MOST_SHOWN + 1;
  if (shown > MOST_SHOWN)
    fail("str: a tensor of sizes ", t.sizes(), " is too large to be shown: at most ", MOST_SHOWN,
         " elements");
}

/// libtorch's own display of a tensor or of the module in a module, loss or model.
std::string display(const Object& object) {
  if (const auto* t = std::get_if<at::Tensor>(&object)) {
    checkShown(*t);
    return text(*t);
  }
  return layerOf(object).display();
}

Record totals(const Object& object) {
  const auto sum = totalsOf(object);
  Record result;
  result.set("tensors", sum.tensors).set("elements", sum.elements).set("bytes", sum.bytes);
  return result;
}

}  // namespace

void objectVerbs(Verbs& verbs) {
  verbs.look<kind>("kind");
  verbs.look<handles>("handles");
  verbs.look<replace>("replace");
  verbs.look<release>("release");
  verbs.look<releaseAll>("releaseAll");
  verbs.look<newUser>("newUser");
  verbs.look<forgetUser>("forgetUser");
  verbs.look<warnings>("warnings");
  verbs.look<objectCount>("objectCount");
  verbs.look<addref>("addref");
  verbs.look<address>("address");
  verbs.look<references>("references");
  verbs.look<attribute>("attribute");
  verbs.light<display>("display");
  verbs.look<totals>("totals");
}

}  // namespace torchq
