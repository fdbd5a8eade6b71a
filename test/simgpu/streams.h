// Streams, events and the current device. Copies that need not be waited for can be queued, so that
// a missing synchronize() shows.
#pragma once

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>

#include "common.h"

namespace simgpu {

// A copy that has not been done yet.
struct Pending {
  c10::StreamId stream;
  DeviceIndex device;
  uint64_t seq;
  std::function<void()> run;
};
std::recursive_mutex queue_mutex;
std::deque<Pending>& pending = *new std::deque<Pending>;
uint64_t sequence = 0;
// Does the pending copies of a stream, or of all streams of a device.
void drain(DeviceIndex device, c10::StreamId stream, bool all_streams = false,
           uint64_t upto = UINT64_MAX) {
  std::lock_guard lock(queue_mutex);
  for (auto it = pending.begin(); it != pending.end();) {
    if (it->device == device && (all_streams || it->stream == stream) && it->seq <= upto) {
      auto run = std::move(it->run);
      it = pending.erase(it);
      KernelScope scope;
      run();
    } else
      ++it;
  }
}
// A point in a stream.
struct Event {
  Stream stream;
  uint64_t seq;
  std::chrono::steady_clock::time_point at;
  bool timed;
};

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kSim; }
  Device getDevice() const override { return {kSim, current}; }
  void setDevice(Device d) const override {
    check_index(d.index());
    current = d.index();
  }
  void uncheckedSetDevice(Device d) const noexcept override { current = d.index(); }
  Device exchangeDevice(Device d) const override {
    Device old = getDevice();
    setDevice(d);
    return old;
  }
  DeviceIndex deviceCount() const noexcept override { return kDevices; }
  Stream getStream(Device d) const override {
    return Stream(Stream::UNSAFE, d, current_stream[d.has_index() ? d.index() : current]);
  }
  Stream getDefaultStream(Device d) const override { return Stream(Stream::DEFAULT, d); }
  Stream getNewStream(Device d, int = 0) const override {
    static std::atomic<c10::StreamId> next{0};
    return Stream(Stream::UNSAFE, Device(kSim, d.has_index() ? d.index() : current), ++next);
  }
  Stream getStreamFromGlobalPool(Device d, bool = false) const override { return getNewStream(d); }
  Stream exchangeStream(Stream s) const override {
    auto& slot = current_stream[s.device_index()];
    Stream old(Stream::UNSAFE, s.device(), slot);
    slot = s.id();
    return old;
  }
  bool queryStream(const Stream& s) const override {
    std::lock_guard lock(queue_mutex);
    for (auto& p : pending)
      if (p.device == s.device_index() && p.stream == s.id()) return false;
    return true;
  }
  void synchronizeStream(const Stream& s) const override {
    counters[SYNC]++;
    drain(s.device_index(), s.id());
  }
  void synchronizeDevice(const DeviceIndex i) const override {
    counters[SYNC]++;
    drain(i < 0 ? current : i, 0, true);
  }
  void record(void** event, const Stream& s, const DeviceIndex,
              const c10::EventFlag flag) const override {
    std::lock_guard lock(queue_mutex);
    delete static_cast<Event*>(*event);
    *event = new Event{s, sequence, std::chrono::steady_clock::now(),
                       flag == c10::EventFlag::BACKEND_DEFAULT};
  }
  void block(void* e, const Stream&) const override {
    if (auto* v = static_cast<Event*>(e))
      drain(v->stream.device_index(), v->stream.id(), false, v->seq);
  }
  bool queryEvent(void* e) const override {
    std::lock_guard lock(queue_mutex);
    if (auto* v = static_cast<Event*>(e))
      for (auto& p : pending)
        if (p.device == v->stream.device_index() && p.stream == v->stream.id() && p.seq <= v->seq)
          return false;
    return true;
  }
  void synchronizeEvent(void* e) const override {
    counters[SYNC]++;
    block(e, Stream(Stream::DEFAULT, getDevice()));
  }
  void destroyEvent(void* e, const DeviceIndex) const noexcept override {
    delete static_cast<Event*>(e);
  }
  double elapsedTime(void* a, void* b, const DeviceIndex) const override {
    auto *x = static_cast<Event*>(a), *y = static_cast<Event*>(b);
    TORCH_CHECK(x && y && x->timed && y->timed, "Both events must be recorded with timing enabled");
    return std::chrono::duration<double, std::milli>(y->at - x->at).count();
  }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

}  // namespace simgpu
