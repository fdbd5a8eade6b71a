// Device memory: host memory under the accounting of CUDA's caching allocator. Freed blocks go back
// at once, but the reserved bytes stay until the cache is emptied.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "common.h"

namespace simgpu {

using c10::CachingDeviceAllocator::DeviceStats;

// One device's memory.
struct Pool {
  size_t capacity = size_t(1) << 30, reserved = 0;
  DeviceStats stats;
};
struct Allocator final : c10::DeviceAllocator {
  std::recursive_mutex mutex;
  Pool pools[kDevices];
  std::unordered_map<void*, std::pair<size_t, DeviceIndex>> live;

  // Sets the bytes that the cache holds.
  void reserve(Pool& p, size_t now) {
    auto& r = p.stats.reserved_bytes[0];
    if (now > p.reserved) {
      r.increase(now - p.reserved);
      p.stats.num_device_alloc++;
    }
    if (now < p.reserved) {
      r.decrease(p.reserved - now);
      p.stats.num_device_free++;
    }
    p.reserved = now;
  }
  c10::DataPtr allocate(size_t n) override {
    const Device device(kSim, current);
    if (n == 0) return {nullptr, nullptr, &release, device};
    std::lock_guard lock(mutex);
    Pool& p = pools[current];
    const size_t size = round_up(n, kBlock), used = p.stats.allocated_bytes[0].current;
    const size_t want = round_up(used + size, kSegment);
    if (want > p.reserved && used + size > p.capacity) {
      p.stats.num_alloc_retries++;
      p.stats.num_ooms++;
      c10::reportOutOfMemoryToProfiler(n, used, p.reserved, device);
      TORCH_CHECK_WITH(OutOfMemoryError, false, "simgpu out of memory. Tried to allocate ", n,
                       " bytes. GPU ", int(current), " has a total capacity of ", p.capacity,
                       " bytes of which ", p.capacity - used,
                       " bytes is free. Of the allocated memory ", used,
                       " bytes is allocated by PyTorch.");
    }
    void* ptr = nullptr;
    TORCH_CHECK(posix_memalign(&ptr, kBlock, size) == 0,
                "simgpu: the host itself is out of memory");
    // Uninitialised device memory reads as NaN or -1, never as a lucky zero.
    std::memset(ptr, 0xff, size);
    live[ptr] = {size, current};
    if (want > p.reserved) reserve(p, std::min(want, p.capacity));
    p.stats.allocation[0].increase(1);
    p.stats.active[0].increase(1);
    p.stats.allocated_bytes[0].increase(size);
    p.stats.active_bytes[0].increase(size);
    p.stats.requested_bytes[0].increase(n);
    c10::reportMemoryUsageToProfiler(ptr, size, used + size, p.reserved, device);
    return {ptr, ptr, &release, device};
  }
  static void release(void* ptr);
  void free(void* ptr) {
    std::lock_guard lock(mutex);
    auto it = live.find(ptr);
    if (it == live.end()) return;
    auto [size, index] = it->second;
    live.erase(it);
    Pool& p = pools[index];
    p.stats.allocation[0].decrease(1);
    p.stats.active[0].decrease(1);
    p.stats.allocated_bytes[0].decrease(size);
    p.stats.active_bytes[0].decrease(size);
    c10::reportMemoryUsageToProfiler(ptr, -int64_t(size), p.stats.allocated_bytes[0].current,
                                     p.reserved, Device(kSim, index));
    std::free(ptr);
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, size_t n) const override {
    default_copy_data(to, from, n);
  }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override {
    std::lock_guard lock(mutex);
    for (Pool& p : pools)
      reserve(p, std::min(p.capacity, round_up(p.stats.allocated_bytes[0].current, kSegment)));
  }
  void recordStream(const c10::DataPtr&, Stream) override {}
  DeviceStats getDeviceStats(DeviceIndex i) override {
    check_index(i);
    std::lock_guard lock(mutex);
    return pools[i].stats;
  }
  template <class F>
  void each(DeviceIndex i, F f) {
    check_index(i);
    std::lock_guard lock(mutex);
    auto& s = pools[i].stats;
    for (auto* a : {&s.allocation, &s.active, &s.allocated_bytes, &s.active_bytes,
                    &s.reserved_bytes, &s.requested_bytes})
      f((*a)[0]);
  }
  void resetAccumulatedStats(DeviceIndex i) override {
    each(i, [](auto& s) { s.reset_accumulated(); });
    auto& s = pools[i].stats;
    s.num_ooms = s.num_alloc_retries = s.num_device_alloc = s.num_device_free = 0;
  }
  void resetPeakStats(DeviceIndex i) override {
    each(i, [](auto& s) { s.reset_peak(); });
  }
  std::pair<size_t, size_t> getMemoryInfo(DeviceIndex i) override {
    check_index(i);
    std::lock_guard lock(mutex);
    return {pools[i].capacity - std::min(pools[i].capacity, pools[i].reserved), pools[i].capacity};
  }
};
Allocator& alloc = *new Allocator;
void Allocator::release(void* ptr) { alloc.free(ptr); }

}  // namespace simgpu
