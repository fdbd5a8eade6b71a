// Device events for the ranges of torch.autograd.profiler.
#pragma once

#include <torch/csrc/profiler/stubs/base.h>

#include <chrono>
#include <functional>
#include <memory>

#include "common.h"

namespace simgpu {

struct Profiler final : torch::profiler::impl::ProfilerStubs {
  using Time = std::chrono::steady_clock::time_point;
  void record(DeviceIndex* d, torch::profiler::impl::ProfilerVoidEventStub* e,
              int64_t* ns) const override {
    if (d) *d = current;
    *e = std::make_shared<Time>(std::chrono::steady_clock::now());
    if (ns) *ns = c10::getTime();
  }
  float elapsed(const torch::profiler::impl::ProfilerVoidEventStub* a,
                const torch::profiler::impl::ProfilerVoidEventStub* b) const override {
    return std::chrono::duration<float, std::micro>(*static_cast<Time*>(b->get()) -
                                                    *static_cast<Time*>(a->get()))
        .count();
  }
  void mark(const char*) const override {}
  void rangePush(const char*) const override {}
  void rangePop() const override {}
  bool enabled() const override { return true; }
  void onEachDevice(std::function<void(int)> f) const override {
    for (int i = 0; i < kDevices; ++i) f(i);
  }
  void synchronize() const override {}
};

}  // namespace simgpu
