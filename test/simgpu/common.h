// What the parts of the simulated accelerator share: its shape, its counters and the current
// device. These headers are one translation unit, simgpu.cpp.
#pragma once

#include <c10/core/Device.h>
#include <c10/core/Stream.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace simgpu {

using c10::Device, c10::DeviceIndex, c10::Stream;
constexpr auto kSim = c10::DeviceType::PrivateUse1;
constexpr int kDevices = 2;
// CUDA's rounding of blocks and of small segments.
constexpr size_t kBlock = 512;
constexpr size_t kSegment = size_t(2) << 20;

size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

void check_index(int64_t i) {
  TORCH_CHECK(i >= 0 && i < kDevices, "simgpu error: invalid device ordinal (", i, " of ", kDevices,
              ")");
}

// What a test can read and set, through the functions in simgpu.cpp.
enum Counter {
  H2D,
  H2D_BYTES,
  D2H,
  D2H_BYTES,
  D2D,
  P2P,
  ITEM,
  SYNC,
  FALLBACK,
  PINNED_LIVE,
  kCounters
};
std::atomic<int64_t> counters[kCounters];
std::atomic<bool> async_copies{false};

thread_local DeviceIndex current = 0;
thread_local c10::StreamId current_stream[kDevices] = {};

// Copies that a kernel makes on the CPU are no transfers.
thread_local int inside_kernel = 0;
struct KernelScope {
  KernelScope() { ++inside_kernel; }
  ~KernelScope() { --inside_kernel; }
};

}  // namespace simgpu
