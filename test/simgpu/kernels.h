// Operators: memory, copies and views are the device's own, everything else runs on the CPU.
#pragma once

#include <ATen/EmptyTensor.h>
#include <ATen/core/op_registration/adaption.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_local_scalar_dense_native.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/resize_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_as_complex_native.h>
#include <ATen/ops/view_as_real_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "random.h"

namespace simgpu {

using at::Tensor;

// The same bytes seen as a CPU tensor.
Tensor on_cpu(const Tensor& t) {
  auto out = at::from_blob(t.data_ptr(), t.sizes(), t.strides(), t.options().device(c10::kCPU));
  out._set_conj(t.is_conj());
  out._set_neg(t.is_neg());
  return out;
}
Device target(std::optional<Device> d) {
  Device device = d.value_or(Device(kSim));
  return device.has_index() ? device : Device(kSim, current);
}
constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

Tensor empty(c10::IntArrayRef size, std::optional<c10::ScalarType> dtype,
             std::optional<c10::Layout>, std::optional<Device> d, std::optional<bool> pin,
             std::optional<c10::MemoryFormat> format) {
  TORCH_CHECK(!pin.value_or(false), "Only dense CPU tensors can be pinned");
  c10::DeviceGuard guard(target(d));
  return at::detail::empty_generic(size, &alloc, kKeys, c10::dtype_or_default(dtype), format);
}
Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                     std::optional<c10::ScalarType> dtype, std::optional<c10::Layout>,
                     std::optional<Device> d, std::optional<bool> pin) {
  TORCH_CHECK(!pin.value_or(false), "Only dense CPU tensors can be pinned");
  c10::DeviceGuard guard(target(d));
  return at::detail::empty_strided_generic(size, stride, &alloc, kKeys,
                                           c10::dtype_or_default(dtype));
}
Tensor copy_from(const Tensor& src, const Tensor& dst, bool non_blocking) {
  const bool from = src.device().type() == kSim, to = dst.device().type() == kSim;
  const Device device = to ? dst.device() : src.device();
  const auto stream = current_stream[device.index()];
  Tensor a = from ? on_cpu(src) : src, b = to ? on_cpu(dst) : dst;
  if (inside_kernel) {
    b.copy_(a);
    return dst;
  }
  const int64_t bytes = dst.numel() * dst.element_size();
  if (from && to)
    counters[src.device() == dst.device() ? D2D : P2P]++;
  else if (to) {
    counters[H2D]++;
    counters[H2D_BYTES] += bytes;
  } else {
    counters[D2H]++;
    counters[D2H_BYTES] += bytes;
  }
  const bool later = async_copies && non_blocking && from != to && dst.numel() &&
                     pinned.contains((from ? dst : src).data_ptr());
  std::lock_guard lock(queue_mutex);
  if (!later) {
    if (from) drain(src.device().index(), current_stream[src.device().index()]);
    drain(device.index(), stream);
    KernelScope scope;
    b.copy_(a);
    return dst;
  }
  if (from) {
    drain(device.index(), stream);
    KernelScope scope;
    a = a.clone();  // the device's order is kept, only the arrival is late
  }
  if (b.is_non_overlapping_and_dense()) std::memset(b.data_ptr(), 0xff, bytes);
  pending.push_back({stream, device.index(), ++sequence,
                     [a, b, keep = dst, keep_src = src]() mutable { b.copy_(a); }});
  return dst;
}
Tensor copy_from_and_resize(const Tensor& src, const Tensor& dst) {
  c10::DeviceGuard guard(dst.device().type() == kSim ? dst.device() : src.device());
  if (dst.sizes() != src.sizes()) at::native::resize_(dst, src.sizes(), std::nullopt);
  return copy_from(src, dst, false);
}
at::Scalar local_scalar(const Tensor& t) {
  counters[ITEM]++;
  counters[SYNC]++;
  counters[D2H]++;
  counters[D2H_BYTES] += t.element_size();
  drain(t.device().index(), current_stream[t.device().index()]);
  return at::native::_local_scalar_dense_cpu(on_cpu(t));
}
const Tensor& resize(const Tensor& t, c10::IntArrayRef size,
                     std::optional<c10::MemoryFormat> format) {
  c10::DeviceGuard guard(t.device());
  return at::native::resize_(t, size, format);
}
Tensor& set_empty(Tensor& t) {
  c10::DeviceGuard guard(t.device());
  return at::native::set_storage_cpu_(
      t, c10::Storage(c10::Storage::use_byte_size_t(), 0, &alloc, true), 0, {0}, {});
}

// CUDA lets these take tensors of more than one device.
const std::unordered_set<std::string>& mixed_ok = *new std::unordered_set<std::string>{
    "aten::index.Tensor", "aten::index.Tensor_out", "aten::_index_put_impl_",  "aten::index_put_",
    "aten::index_put",    "aten::_foreach_copy_",   "aten::set_.source_Tensor"};

// Raises PyTorch's own error for tensors of several devices, and finds the one to compute on.
void check_devices(const c10::OperatorHandle& op, c10::ArrayRef<c10::IValue> args,
                   std::optional<Device>& device) {
  const auto name = c10::toString(op.operator_name());
  const bool strict = !mixed_ok.count(name);
  auto see = [&](const Tensor& t, size_t i, bool check) {
    // A CPU scalar may join any device.
    if (!t.defined() || (t.is_cpu() && (t.dim() == 0 || !check))) return;
    if (!device) {
      device = t.device();
      return;
    }
    if (*device != t.device() && check)
      c10::impl::common_device_check_failure(*device, t, ("simgpu_" + op.schema().name()).c_str(),
                                             op.schema().arguments()[i].name().c_str());
  };
  // The first pass finds the simgpu tensor that picks the device.
  for (bool sim_first : {true, false})
    for (size_t i = 0; i < args.size(); ++i) {
      auto one = [&](const Tensor& t) {
        if (!sim_first || (t.defined() && t.device().type() == kSim && !device)) see(t, i, strict);
      };
      if (args[i].isTensor())
        one(args[i].toTensor());
      else if (args[i].isTensorList())
        for (const Tensor& t : args[i].toTensorVector()) one(t);
      else if (args[i].isOptionalTensorList())
        for (const auto& t : args[i].toOptionalTensorVector())
          if (t) one(*t);
    }
}
// PyTorch's own cpu_fallback checks no devices and has no generators.
void fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema().arguments();
  const size_t begin = stack->size() - schema.size();
  std::optional<Device> device;
  check_devices(op, torch::jit::last(*stack, schema.size()), device);
  for (size_t i = 0; i < schema.size(); ++i) {
    auto& v = (*stack)[begin + i];
    if (v.isDevice() && !device) device = target(v.toDevice());
    if (v.isTensor() && v.toTensor().defined() && v.toTensor().is_cpu() && device &&
        !schema[i].alias_info())
      v = v.toTensor().to(*device);  // cpu_fallback sends results to the first tensor's device
  }
  c10::OptionalDeviceGuard guard(device);
  for (size_t i = 0; i < schema.size(); ++i) {
    auto& v = (*stack)[begin + i];
    if (v.isGenerator()) {
      TORCH_CHECK(v.toGenerator().device().type() == kSim,
                  "Expected a 'simgpu' device type for generator but found '",
                  v.toGenerator().device().type(), "'");
      v = static_cast<Generator*>(v.toGenerator().unsafeGetGeneratorImpl())->host;
    } else if (v.isNone() && schema[i].name() == "generator")
      v = static_cast<Generator*>(
              default_generator(device ? device->index() : -1).unsafeGetGeneratorImpl())
              ->host;
  }
  if (device) drain(device->index(), current_stream[device->index()]);
  counters[FALLBACK]++;
  KernelScope scope;
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

// Backends outside PyTorch are asked for these two instead of for aten::convolution; same arguments
// but for bias_sizes.
c10::OperatorHandle find(const char* name) {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
}
void convolution(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  fallback(find("aten::convolution"), stack);
}
void convolution_backward(const c10::OperatorHandle&, torch::jit::Stack* stack) {
  const int64_t channels = (*stack)[stack->size() - 10].toTensor().size(1);
  stack->insert(stack->end() - 7, c10::IValue(std::vector<int64_t>{channels}));
  fallback(find("aten::convolution_backward"), stack);
}

}  // namespace simgpu
