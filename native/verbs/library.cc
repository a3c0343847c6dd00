// Verbs on libtorch as a whole.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <dlfcn.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <algorithm>
#include <atomic>

#include "door/verb.h"
#include "memory/blocks.h"
#include "training/random_state.h"
#include "values/names.h"
#include "verbs/verbs.h"
#include "wire/write.h"

namespace torchq {

namespace {

int64_t cudaDevices() { return static_cast<int64_t>(torch::cuda::device_count()); }

/// The default data type as far as libtorch's own goes: modules are made in a floating type whatever tensors are, so
/// that nobody's default stops another's modules.
void setDefaultDtype(const std::string& dtype) {
  const auto type = dtypeOf(dtype);
  const bool wide = type == at::kDouble || type == at::kComplexDouble;
  c10::set_default_dtype(c10::scalarTypeToTypeMeta(wide ? at::kDouble : at::kFloat));
}

int64_t seed(const std::optional<int64_t>& value) {
  const auto chosen = value ? *value : static_cast<int64_t>(c10::detail::getNonDeterministicRandom());
  at::manual_seed(static_cast<uint64_t>(chosen));
  RandomState::seeded();
  return chosen;
}

at::Generator generatorOf(const std::string& device) {
  return at::globalContext().defaultGenerator(deviceOf(device));
}

/// The seed that the device's generator began with.
int64_t seedOf(const std::string& device) { return static_cast<int64_t>(generatorOf(device).current_seed()); }

/// Without a seed, a random one.
void setSeedOf(const std::string& device, const std::optional<int64_t>& value) {
  auto generator = generatorOf(device);
  std::lock_guard<std::mutex> lock(generator.mutex());
  if (value)
    generator.set_current_seed(static_cast<uint64_t>(*value));
  else
    generator.seed();
  RandomState::seeded();
}

/// How many threads jobs compute with.
std::atomic<int> threadCount{0};

// settings ---------------------------------------------------------------------------------------------------------

int64_t deterministic() {
  const auto& context = at::globalContext();
  if (!context.deterministicAlgorithms()) return 0;
  return context.deterministicAlgorithmsWarnOnly() ? 1 : 2;
}

/// Whether products and convolutions of floats on CUDA may use TF32, as it was set: libtorch begins with convolutions
/// alone, and later ones warn when they are asked.
std::atomic<bool> tf32{false};

/// What libtorch has, and how it is set.
Record librarySettings() {
  const auto& context = at::globalContext();
  const bool cudnn = torch::cuda::cudnn_is_available();
  Record all;
  all.set("version", std::to_string(TORCH_VERSION_MAJOR) + "." + std::to_string(TORCH_VERSION_MINOR) + "." +
                         std::to_string(TORCH_VERSION_PATCH));
  all.set("mkl", at::hasMKL()).set("openmp", at::hasOpenMP());
  all.set("threads", int64_t{threadCount});
  all.set("interopthreads", static_cast<int64_t>(at::get_num_interop_threads()));
  all.set("mps", context.hasMPS()).set("cuda", torch::cuda::is_available()).set("magma", at::hasMAGMA());
  all.set("cudnn", cudnn);
  if (cudnn) all.set("cudnnversion", int64_t{at::globalContext().versionCuDNN()});
  all.set("cudadevices", cudaDevices());
  all.set("benchmark", context.benchmarkCuDNN()).set("deterministic", deterministic());
  all.set("cudnndeterministic", context.deterministicCuDNN()).set("tf32", tf32.load());
  return all;
}

void allowTf32(bool flag) {
  auto& context = at::globalContext();
  context.setAllowTF32CuBLAS(flag);
  context.setAllowTF32CuDNN(flag);
  tf32 = flag;
}

void changeLibrarySetting(const std::string& name, int64_t value) {
  auto& context = at::globalContext();
  if (name == "benchmark")
    context.setBenchmarkCuDNN(value != 0);
  else if (name == "cudnndeterministic")
    context.setDeterministicCuDNN(value != 0);
  else if (name == "tf32")
    allowTf32(value != 0);
  else if (name == "deterministic")
    context.setDeterministicAlgorithms(value != 0, value == 1);
  else if (name == "interopthreads")
    at::set_num_interop_threads(static_cast<int>(value));
  else
    fail("unrecognized setting: ", name);
}

/// How this libtorch was built, and what it computes with in parallel.
std::string libraryConfiguration() { return at::show_config() + "\n" + at::get_parallel_info(); }

// what each thread has of its own ------------------------------------------------------------------------------------

const c10::impl::DeviceGuardImplInterface* cuda() { return c10::impl::getDeviceGuardImpl(c10::kCUDA); }

/// What the thread of jobs computes with; small work on JavaScript's own thread needs no more threads than one.
struct ThreadCount {
  int count;
};
/// Set where it is read, which is JavaScript's thread, and again in a job, on that of jobs.
struct CurrentDevice {
  c10::Device device;
  void apply() const { cuda()->setDevice(device); }
};

void setThreads(const ThreadCount& threads) {
  at::set_num_threads(threads.count);
  threadCount = threads.count;
}
void setCudaDevice(const CurrentDevice& current) { current.apply(); }
std::string cudaDevice() { return nameOf(cuda()->getDevice()); }

/// Waited for in a job.
struct CudaDevice {
  int64_t index;
};

void synchronize(const CudaDevice& device) { torch::cuda::synchronize(device.index); }

void setMemoryLimit(double bytes) {
  limitMemory(bytes < static_cast<double>(UNLIMITED) ? static_cast<size_t>(std::max(bytes, 0.0)) : UNLIMITED);
}

/// All in bytes, but `refused`, which counts.
Record memoryInUse() {
  const auto use = memoryUse();
  Record result;
  result.set("used", static_cast<double>(use.used)).set("most", static_cast<double>(use.most));
  result.set("waiting", static_cast<double>(use.waiting)).set("refused", static_cast<double>(use.refused));
  return result;
}

}  // namespace

template <>
struct From<ThreadCount> {
  static ThreadCount read(const Call& call, const Napi::Value& v) {
    return {static_cast<int>(From<int64_t>::read(call, v))};
  }
};

template <>
struct From<CurrentDevice> {
  static CurrentDevice read(const Call& call, const Napi::Value& v) {
    const CurrentDevice current{deviceOf(From<std::string>::read(call, v))};
    current.apply();
    return current;
  }
};

template <>
struct From<CudaDevice> {
  static CudaDevice read(const Call& call, const Napi::Value& v) { return {From<int64_t>::read(call, v)}; }
};

void computeAlone() {
  at::init_num_threads();
  threadCount = at::get_num_threads();
  using Set = void (*)(int);
  if (const auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"))) set(1);
}

void libraryVerbs(Verbs& verbs) {
  verbs.look<cudaDevices>("cudaDevices");
  verbs.look<setDefaultDtype>("setDefaultDtype");
  verbs.look<setComplexFirst>("setComplexFirst");
  verbs.look<seed>("seed");
  verbs.look<seedOf>("seedOf");
  verbs.look<setSeedOf>("setSeedOf");
  verbs.look<librarySettings>("librarySettings");
  verbs.look<changeLibrarySetting>("changeLibrarySetting");
  verbs.work<libraryConfiguration>("libraryConfiguration");
  verbs.work<setThreads>("setThreads");
  verbs.look<cudaDevice>("cudaDevice");
  verbs.work<setCudaDevice>("setCudaDevice");
  verbs.work<synchronize>("synchronize");
  verbs.look<setMemoryLimit>("limitMemory");
  verbs.look<memoryInUse>("memoryUse");
  verbs.look<newWarnings>("newWarnings");
}

}  // namespace torchq
