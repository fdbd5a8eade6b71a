// Autocast: which operators run in the lower precision and which in float32.
#pragma once

#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include "common.h"

namespace at::autocast {
// Declared here to keep ATen/autocast_mode.h, and with it all of ATen.h, out of the build.
TORCH_API at::ScalarType get_autocast_dtype(at::DeviceType);
TORCH_API Tensor cached_cast(at::ScalarType, const Tensor&, DeviceType);
}  // namespace at::autocast

namespace simgpu {

using at::Tensor;

// Casts the tensor arguments and calls the operator without autocast.
template <bool lower>
void autocast(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  c10::impl::ExcludeDispatchKeyGuard off(
      c10::DispatchKeySet(c10::DispatchKey::AutocastPrivateUse1));
  const auto dtype = lower ? at::autocast::get_autocast_dtype(kSim) : at::kFloat;
  const size_t n = op.schema().arguments().size(), begin = stack->size() - n;
  for (size_t i = 0; i < n; ++i) {
    auto& v = (*stack)[begin + i];
    if (v.isTensor()) {
      if (v.toTensor().defined()) v = at::autocast::cached_cast(dtype, v.toTensor(), kSim);
    } else if (v.isTensorList()) {
      c10::List<Tensor> out;
      for (const Tensor& t : v.toTensorVector())
        out.push_back(at::autocast::cached_cast(dtype, t, kSim));
      v = out;
    }
  }
  op.callBoxed(stack);
}

TORCH_LIBRARY_IMPL(_, AutocastPrivateUse1, m) { m.fallback(torch::CppFunction::makeFallthrough()); }
TORCH_LIBRARY_IMPL(aten, AutocastPrivateUse1, m) {
  for (const char* op : {"conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d.input",
                         "addmm", "addmv", "addbmm", "baddbmm", "matmul", "mm", "mv", "bmm",
                         "linear", "einsum", "scaled_dot_product_attention", "prelu"})
    m.impl(op, torch::CppFunction::makeFromBoxedFunction<&autocast<true>>());
  // clang-format off
  for (const char* op :
       {"exp", "log", "log10", "log2", "log1p", "pow.Tensor_Scalar", "rsqrt",
        "layer_norm", "group_norm", "norm.Scalar", "mse_loss", "l1_loss", "smooth_l1_loss", "nll_loss",
        "nll_loss_nd", "cross_entropy_loss", "kl_div", "softmax.int", "log_softmax.int", "cosine_similarity", "cumsum",
        "prod", "sum"})
    // clang-format on
    m.impl(op, torch::CppFunction::makeFromBoxedFunction<&autocast<false>>());
}

}  // namespace simgpu
