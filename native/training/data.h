// What a model is trained or tested on: inputs and targets, of which a batch is rows of the first dimension.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "training/settings.h"

namespace torchq {

/// Inputs or targets: none, one tensor, several, or several with names.
struct Samples {
  enum class Kind { none, tensor, vector, dictionary };
  Kind kind = Kind::none;
  Tensors tensors;
  std::vector<std::string> names;  ///< a dictionary's
};
/// The order is that of Samples::Kind.
constexpr const char* SAMPLES_NAMES[] = {"empty", "tensor", "vector", "dictionary"};
Samples::Kind samplesKind(const std::string& name);

/// Inputs and targets together.
struct Examples {
  Samples inputs, targets;
};

class Data {
 public:
  /// What is given replaces what was there; the rest stays. Tensors are shared, not copied. Throws where the rows of all
  /// are not as many.
  void set(std::optional<Samples> inputs, std::optional<Samples> targets);

  /// -1 where nothing was ever set.
  int64_t rows() const { return rows_; }
  /// Changes whenever data is set.
  int64_t version() const { return version_; }

  /// As it was set.
  const Examples& given() const { return given_.examples; }
  /// Whether the rows stand in another order than they were set in.
  bool shuffled() const { return order_.defined(); }
  /// The number of the batch that is chosen; -1 for none.
  int64_t batch() const { return batch_; }

  /// What a session sees: in the order of the last shuffle, the batch that was chosen or all rows.
  const Examples& shown();
  /// Rows of the first input as it is seen now.
  int64_t size();

  /// Chooses the next batch, the first one after `begin`; after the last, all rows again. @returns whether there was one
  bool next(const RunOptions& options);
  /// All rows again. @returns their count
  int64_t restore();
  /// All rows, in a new order where the options say so. Then `next` chooses the first batch.
  void begin(const RunOptions& options);
  /// The next batch is the first one; what is chosen now stays.
  void startOver() { batch_ = -1; }

  /// A new order, drawn as the options say.
  void shuffle(const RunOptions& options);
  /// The order in which the data was set.
  void unshuffle();

  /// For a run, whatever sessions do with the tensors meanwhile: all rows as they were given, and for each tensor the
  /// order on its device (undefined: as they are).
  struct Whole {
    Examples examples;
    Tensors order;  ///< inputs', then targets'
  };
  Whole whole() const;

 private:
  struct Held {
    Examples examples;
    std::vector<int64_t> offsets;  ///< of each tensor in its storage, inputs' first
  };

  Held& current();
  void window(Held& held, int64_t start, int64_t count);
  at::Device device() const;

  Held given_;
  /// Which of the given rows stands where; undefined where they stand as they were given.
  at::Tensor order_;
  /// The rows in that order: made when a session looks at them.
  std::optional<Held> ordered_;
  at::Generator generator_;
  int64_t rows_ = -1;
  int64_t batch_ = -1;
  int64_t version_ = 0;
};

}  // namespace torchq
