#include "door/callbacks.h"

#include <map>
#include <string>

#include "layers/callback.h"

namespace torchq {

namespace {

/// What a callback module asks. The engine thread makes it and waits; all else is the JavaScript thread's until it is over.
struct Question {
  UserId user;
  std::shared_ptr<Layer> module;
  std::string function;
  Tensors inputs;
  at::Tensor answer;
  std::string error;
  bool over = false;

  void fail(std::string why) {
    error = std::move(why);
    jobs().wake(over);
  }
};

Napi::FunctionReference listener;
std::map<int64_t, std::shared_ptr<Question>> questions;
int64_t lastQuestion = 0;

/// Tells JavaScript of a question.
void tell(Napi::Env env, const std::shared_ptr<Question>& question) {
  const auto id = ++lastQuestion;
  questions.emplace(id, question);
  try {
    std::vector<Reply> args;
    args.emplace_back(Made{question->module});
    for (const auto& input : question->inputs) args.emplace_back(Made{input});
    listener.Call({Napi::Number::New(env, question->user), Napi::Number::New(env, static_cast<double>(id)),
                   Napi::String::New(env, question->function), toJs({env, question->user}, std::move(args))});
  } catch (...) {
    questions.erase(id);
    question->fail(currentError());
  }
}

at::Tensor callFunction(const std::shared_ptr<Layer>& module, const std::string& function,
                        const Tensors& inputs) {
  const auto question = std::make_shared<Question>();
  question->user = servedUser();
  question->module = module;
  question->function = function;
  question->inputs = inputs;
  jobs().wait([question](Napi::Env env) { tell(env, question); }, question->over);
  if (!question->error.empty()) fail(question->error);
  return question->answer;
}

}  // namespace

Napi::Value onCallback(const Napi::CallbackInfo& info) {
  const auto env = info.Env();
  listener = Napi::Persistent(info[0].As<Napi::Function>());
  listener.SuppressDestruct();
  setCallFunction(callFunction);
  return env.Undefined();
}

Napi::Value answerCallback(const Napi::CallbackInfo& info) {
  const auto call = callOf(info);
  const auto found = questions.find(info[1].ToNumber().Int64Value());
  if (found == questions.end() || found->second->user != call.user) return call.env.Undefined();
  const auto question = found->second;
  if (!absent(info[2])) {
    question->answer = registry().get<at::Tensor>(call.user, handleFrom(info[2]));
    if (!question->answer.defined()) fail("callback: the function has given an empty tensor");
  }
  questions.erase(found);
  if (absent(info[2]))
    question->fail(info[3].ToString().Utf8Value());
  else
    jobs().wake(question->over);
  return call.env.Undefined();
}

}  // namespace torchq
