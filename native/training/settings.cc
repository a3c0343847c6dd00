#include "training/settings.h"

#include <algorithm>
#include <iterator>

#include "errors.h"
#include "values/names.h"

namespace torchq {

namespace {

Metric metricOf(const std::string& name) {
  const auto* found = std::find(std::begin(METRIC_NAMES), std::end(METRIC_NAMES), name);
  if (found == std::end(METRIC_NAMES)) fail("unrecognized metric: ", name);
  return static_cast<Metric>(found - std::begin(METRIC_NAMES));
}

}  // namespace

int64_t RunOptions::batches(int64_t rows) const {
  if (rows < 1 || batchsize < 1) return 0;
  const auto width = std::min(batchsize, rows);
  return rows / width + (rows % width && !droplast ? 1 : 0);
}

bool RunOptions::wants(Metric metric) const {
  return std::find(metrics.begin(), metrics.end(), metric) != metrics.end();
}

RunOptions runOptions(const Options& options) {
  RunOptions result;
  result.batchsize = options.integer("batchsize");
  result.task = options.integer("task");
  result.tasks = std::max<int64_t>(options.integer("tasks"), 1);
  result.shuffleseed = options.integer("shuffleseed");
  result.droplast = options.flag("droplast");
  result.hidden = options.flag("hidden");
  result.tensor = options.flag("tensor");
  result.dictionary = options.flag("dictionary");
  result.shuffle = options.flag("shuffle");
  result.shufflecuda = options.flag("shufflecuda");
  result.sync = options.flag("sync");
  result.clipgroup = options.flag("clipgroup");
  result.guard = options.flag("guard");
  result.channelslast = options.flag("channelslast");
  if (const auto name = options.symbol("autocast"); name != "none") result.autocast = dtypeOf(name);
  result.clipvalue = options.maybeNumber("clipvalue");
  if (const auto most = options.maybeNumber("clipnorm"))
    result.clipnorm = ClipNorm{*most, options.number("cliporder")};
  result.metrics.clear();
  const auto& metrics = options.get("metrics").value;
  if (const auto* names = std::get_if<std::vector<Any>>(&metrics))
    for (const auto& name : *names) {
      const auto* text = std::get_if<std::string>(&name.value);
      if (!text) fail("metrics: expects symbol(s)");
      result.metrics.push_back(metricOf(*text));
    }
  return result;
}

}  // namespace torchq
