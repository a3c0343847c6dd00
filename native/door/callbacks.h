// Callback modules ask JavaScript, and the engine thread does the jobs of the function that is called until it has answered.
#pragma once

#include "door/verb.h"

namespace torchq {

/// onCallback(listener): listener(user, id, function, args) is told of each question; the arguments, the module and its
/// inputs, are new handles of the user's.
Napi::Value onCallback(const Napi::CallbackInfo& info);
/// answerCallback(user, id, tensor, error): ends a question, by a tensor of the user's or else by an error's text. Throws
/// where the handle is stale; the question is open then.
Napi::Value answerCallback(const Napi::CallbackInfo& info);

}  // namespace torchq
