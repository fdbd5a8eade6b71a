// Page-locked host memory, which the simulation only has to recognise.
#pragma once

#include <ATen/core/CachingHostAllocator.h>

#include <cstdlib>
#include <map>
#include <mutex>

#include "common.h"

namespace simgpu {

struct Pinned final : at::HostAllocator {
  std::mutex mutex;
  std::map<const char*, size_t> live;
  at::HostStats stats;
  static void release(void* ptr);
  c10::DataPtr allocate(size_t n) override {
    if (n == 0) return {nullptr, nullptr, &release, Device(c10::kCPU)};
    void* ptr = nullptr;
    TORCH_CHECK(posix_memalign(&ptr, 64, n) == 0, "simgpu: the host is out of memory");
    std::lock_guard lock(mutex);
    live[static_cast<char*>(ptr)] = n;
    stats.allocations.increase(1);
    stats.allocated_bytes.increase(n);
    stats.num_host_alloc++;
    counters[PINNED_LIVE] += n;
    return {ptr, ptr, &release, Device(c10::kCPU)};
  }
  bool contains(const void* ptr) {
    std::lock_guard lock(mutex);
    auto it = live.upper_bound(static_cast<const char*>(ptr));
    return it != live.begin() && (--it, ptr < it->first + it->second);
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t n) const override {
    default_copy_data(to, from, n);
  }
  bool record_event(void*, void*, Stream) override { return true; }
  void empty_cache() override {}
  at::HostStats get_stats() override { return stats; }
  void reset_accumulated_stats() override {
    stats.allocations.reset_accumulated();
    stats.allocated_bytes.reset_accumulated();
  }
  void reset_peak_stats() override {
    stats.allocations.reset_peak();
    stats.allocated_bytes.reset_peak();
  }
};
Pinned& pinned = *new Pinned;
void Pinned::release(void* ptr) {
  if (!ptr) return;
  std::lock_guard lock(pinned.mutex);
  auto it = pinned.live.find(static_cast<char*>(ptr));
  counters[PINNED_LIVE] -= it->second;
  pinned.stats.allocations.decrease(1);
  pinned.stats.allocated_bytes.decrease(it->second);
  pinned.live.erase(it);
  std::free(ptr);
}

}  // namespace simgpu
