// What is done with batches of images and other samples before or between layers: padding, crops, flips, scaling, one-hot.
#include <ATen/ATen.h>

#include "layers/types/function.h"
#include "layers/types/sizes.h"
#include "values/names.h"

namespace torchq {

namespace {

namespace F = torch::nn::functional;
using PadMode = std::decay_t<decltype(std::declval<F::PadFuncOptions>().mode())>;

PadMode padMode(const std::string& name) {
  return oneOf<PadMode>(name, {{"constant", torch::kConstant},
                               {"reflect", torch::kReflect},
                               {"replicate", torch::kReplicate},
                               {"circular", torch::kCircular}});
}

at::Tensor pad(const Options& o, const Tensors& in) {
  return F::pad(
      in[0], F::PadFuncOptions(o.integers("pad")).mode(padMode(o.symbol("mode"))).value(o.number("value")));
}

void printPad(std::ostream& out, const Options& o) {
  std::string mode = o.symbol("mode");
  mode[0] = static_cast<char>(std::toupper(mode[0]));
  out << "pad=" << at::IntArrayRef(o.integers("pad")) << ", mode=k" << mode
      << ", value=" << o.number("value");
}

at::Tensor oneHot(const Options& o, const Tensors& in) {
  const auto dtype = o.get("dtype").isNone() ? at::kFloat : dtypeOf(o.symbol("dtype"));
  return at::one_hot(in[0], o.integer("classes")).to(dtype);
}

void printClasses(std::ostream& out, const Options& o) { out << "num_classes=" << o.integer("classes"); }

/// Written into the second input, where there is one.
Tensors normalize(const Layer& layer, const Tensors& in) {
  const auto& o = layer.options;
  auto options = F::NormalizeFuncOptions().p(o.number("p")).dim(o.integer("dim")).eps(o.number("eps"));
  if (in.size() > 1) options.out(in[1]);
  return {F::normalize(in[0], options)};
}

std::vector<double> doublesIn(const Any& list) {
  std::vector<double> result;
  for (const auto& item : std::get<std::vector<Any>>(list.value))
    result.push_back(std::get<double>(item.value));
  return result;
}

at::Tensor interpolate(const Options& o, const Tensors& in) {
  using Mode = std::decay_t<decltype(std::declval<F::InterpolateFuncOptions>().mode())>;
  auto options =
      F::InterpolateFuncOptions().mode(oneOf<Mode>(o.symbol("mode"), {{"nearest", torch::kNearest},
                                                                      {"nearestexact", torch::kNearestExact},
                                                                      {"linear", torch::kLinear},
                                                                      {"bilinear", torch::kBilinear},
                                                                      {"bicubic", torch::kBicubic},
                                                                      {"trilinear", torch::kTrilinear},
                                                                      {"area", torch::kArea}}));
  if (!o.get("size").isNone()) options.size(o.integers("size"));
  if (!o.get("scale").isNone()) options.scale_factor(doublesIn(o.get("scale")));
  if (!o.get("align").isNone()) options.align_corners(o.flag("align"));
  if (!o.get("rescale").isNone()) options.recompute_scale_factor(o.flag("rescale"));
  checkImage(in[0], options.mode());
  return F::interpolate(in[0], options);
}

/// Images have rows and columns, with channels and several of them before.
int64_t images(const at::Tensor& t, const char* who) {
  if (t.dim() < 2 || t.dim() > 4) fail(who, ": not implemented for ", t.dim(), "-dim tensor");
  return t.dim() < 4 ? 1 : t.size(0);
}

at::Tensor part(const at::Tensor& t, int64_t row, int64_t column, int64_t rows, int64_t columns) {
  return t.narrow(-2, row, rows).narrow(-1, column, columns);
}

/// A part of the size at a random place, another for each image.
at::Tensor randomCrop(const Options& o, const Tensors& in) {
  const auto n = images(in[0], "randomcrop");
  const auto size = o.integers("size", 2), margins = o.integers("pad", 4);
  const bool padded = margins != std::vector<int64_t>(4, 0);
  const auto t =
      padded ? F::pad(in[0],
                      F::PadFuncOptions(margins).mode(padMode(o.symbol("padmode"))).value(o.number("value")))
             : in[0];
  const auto rows = t.size(-2), columns = t.size(-1), h = size[0], w = size[1];
  if (rows == h && columns == w) return t;
  if (h > rows || w > columns) fail("crop: size ", h, "x", w, ", exceeds tensor dim(s) ", rows, "x", columns);
  const auto y = at::randint(rows - h + 1, {n}, at::kLong), x = at::randint(columns - w + 1, {n}, at::kLong);
  const auto* row = y.data_ptr<int64_t>();
  const auto* column = x.data_ptr<int64_t>();
  if (n == 0) return part(t, 0, 0, h, w);
  if (t.dim() < 4 || n == 1) return part(t, row[0], column[0], h, w);
  Tensors crops;
  for (int64_t i = 0; i < n; ++i) crops.push_back(part(t[i], row[i], column[i], h, w));
  return at::stack(crops);
}

void printCrop(std::ostream& out, const Options& o) {
  const auto margins = o.integers("pad", 4);
  out << "size=" << at::IntArrayRef(o.integers("size", 2));
  if (margins != std::vector<int64_t>(4, 0)) out << ", pad=" << at::IntArrayRef(margins);
}

/// Turned around along a dimension, or not: each image by itself.
at::Tensor randomFlip(const Options& o, const Tensors& in) {
  const auto& t = in[0];
  const auto n = images(t, "randomflip");
  const auto dim = o.integer("dim");
  const auto chosen = at::rand({n}, at::kDouble) < o.number("p");
  if (!chosen.any().item<bool>()) return t;
  if (n == 1) return t.flip(dim);
  auto result = t.clone();
  for (int64_t i = 0; i < n; ++i)
    if (chosen[i].item<bool>()) result[i] = t[i].flip(dim);
  return result;
}

/// Less the mean, by the standard deviation; several are one for each channel.
struct ZscoreImpl : nn::Module {
  explicit ZscoreImpl(const Options& o) : nn::Module("knn::ZscoreImpl"), inplace(o.flag("inplace")) {
    mean = register_buffer("mean", floating(o, "mean"));
    deviation = register_buffer("stddev", floating(o, "std"));
  }
  at::Tensor forward(at::Tensor t) {
    const auto m = forChannels(mean), d = forChannels(deviation);
    return inplace ? t.sub_(m).div_(d) : t.sub(m).div(d);
  }
  void pretty_print(std::ostream& out) const override {
    out << "knn::Zscore(mean=";
    printSome(out, mean);
    out << ", stddev=";
    printSome(out, deviation);
    out << ", inplace=" << (inplace ? "true" : "false") << ")";
  }

 private:
  static at::Tensor floating(const Options& o, const char* name) {
    auto t = o.tensor(name);
    if (t.numel() == 0) fail("zscore: no ", std::string(name) == "mean" ? "mean" : "stddev", "(s) defined");
    if (t.scalar_type() == at::kLong) t = t.to(at::kDouble);
    if (!t.is_floating_point()) fail("zscore ", name, ": double(s) expected, given ", t.dtype(), "(s)");
    return t;
  }
  static at::Tensor forChannels(const at::Tensor& t) { return t.dim() == 1 ? t.view({-1, 1, 1}) : t; }
  static void printSome(std::ostream& out, const at::Tensor& t) {
    const int64_t most = 3, n = t.numel();
    const auto flat = t.reshape(-1);
    for (int64_t i = 0; i < std::min(most, n); ++i) out << (i > 0 ? "," : "") << flat[i].item<double>();
    if (n > most) out << "..";
  }

  bool inplace;
  at::Tensor mean, deviation;
};

/// Pairs of numbers, the last dimension's first; of dimensions that have none, the size.
double aroundAll(const at::Tensor& x, const std::vector<int64_t>& pad) {
  double product = 1;
  for (int64_t i = 0; i < x.dim(); ++i) {
    const auto at = static_cast<size_t>(2 * (x.dim() - 1 - i));
    const auto more =
        at + 1 < pad.size() ? static_cast<double>(pad[at]) + static_cast<double>(pad[at + 1]) : 0;
    product *= std::max(0.0, static_cast<double>(x.size(i)) + more);
  }
  return product;
}

double paddedAll(const Layer& layer, const Tensors& in) {
  return aroundAll(in[0], layer.options.integers("pad"));
}

double paddedImages(const Layer& layer, const Tensors& in) {
  return aroundAll(in[0], layer.options.integers("pad", 4));
}

/// With -1 there are as many classes as the largest label says.
double encoded(const Layer& layer, const Tensors& in) {
  const auto& x = in[0];
  auto classes = layer.options.integer("classes");
  if (classes < 0 && x.numel() > 0 && x.scalar_type() == at::kLong) classes = x.max().item<int64_t>();
  return static_cast<double>(x.numel()) * static_cast<double>(classes);
}

}  // namespace

Rows imageLayers() {
  return {
      sized(function<pad>("pad", printPad), paddedAll),
      sized(function<oneHot>("onehot", printClasses), encoded),
      sized(function<interpolate>("interpolate"), enlarged),
      {"normalize", [](const Options& o) { return functionModule("normalize", o); }, normalize, 1, 2},
      sized(function<randomCrop>("randomcrop", printCrop), paddedImages),
      function<randomFlip>("randomflip"),
      row<ZscoreImpl>("zscore", [](const Options& o) { return o; }),
  };
}

}  // namespace torchq
