// A simulated accelerator for tests on machines without one: PyTorch's PrivateUse1 backend under
// the name "simgpu", with two devices. Device memory is host memory with CUDA's accounting; kernels
// are PyTorch's CPU kernels. Built and registered by __init__.py.
#include "autocast.h"
#include "kernels.h"
#include "memory.h"
#include "pinned.h"
#include "profiler.h"
#include "random.h"
#include "streams.h"

namespace simgpu {

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}
TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("_copy_from", copy_from);
  m.impl("_copy_from_and_resize", copy_from_and_resize);
  m.impl("_local_scalar_dense", local_scalar);
  m.impl("resize_", resize);
  m.impl("set_", set_empty);
  m.impl("set_.source_Tensor", at::native::set_tensor_);
  m.impl("set_.source_Storage", static_cast<Tensor& (*)(Tensor&, at::Storage)>(at::native::set_));
  m.impl("set_.source_Storage_storage_offset", at::native::set_storage_cpu_);
  m.impl("as_strided", at::native::as_strided_tensorimpl);
  m.impl("view", at::native::view);
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("unfold", at::native::unfold);
  m.impl("view_as_real", at::native::view_as_real);
  m.impl("view_as_complex", at::native::view_as_complex);
  m.impl("convolution_overrideable", torch::CppFunction::makeFromBoxedFunction<&convolution>());
  m.impl("convolution_backward_overrideable",
         torch::CppFunction::makeFromBoxedFunction<&convolution_backward>());
}
// Without these two, copying a conjugated tensor recurses: clone, copy_, _copy_from, clone again.
TORCH_LIBRARY_IMPL(aten, Conjugate, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(aten, Negative, m) {
  m.impl("_copy_from", torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY(simgpu, m) {
  m.def("rng_state(int i) -> Tensor", [](int64_t i) { return default_generator(i).get_state(); });
  m.def("set_rng_state(Tensor s, int i) -> ()",
        [](const Tensor& s, int64_t i) { default_generator(i).set_state(s); });
}
// Registers the rest when the library is loaded.
struct Register {
  Register() {
    c10::SetAllocator(kSim, &alloc);
    at::setHostAllocator(kSim, &pinned);
    at::RegisterPrivateUse1HooksInterface(new Hooks);
    torch::profiler::impl::registerPrivateUse1Methods(new Profiler);
  }
} registered;

}  // namespace simgpu

// For ctypes: no Python headers, no pybind11.
#define SIMGPU_API extern "C" __attribute__((visibility("default")))

SIMGPU_API void simgpu_set_capacity(int device, size_t bytes) {
  simgpu::alloc.pools[device].capacity = bytes;
}

SIMGPU_API void simgpu_set_async(int on) { simgpu::async_copies = on; }

SIMGPU_API void simgpu_manual_seed(int device, uint64_t seed) {
  simgpu::default_generator(device).set_current_seed(seed);
}

SIMGPU_API int64_t simgpu_counter(int which) { return simgpu::counters[which]; }

SIMGPU_API void simgpu_reset_counters() {
  for (int i = 0; i < simgpu::PINNED_LIVE; ++i) simgpu::counters[i] = 0;
}
