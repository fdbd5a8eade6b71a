// Random numbers, one generator per device apart from the CPU's, and the hooks that PyTorch asks
// for devices, generators and pinned memory.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/Resize.h>

#include <vector>

#include "memory.h"
#include "pinned.h"
#include "streams.h"

namespace simgpu {

// A CPU generator that says that it is the device's.
struct Generator final : c10::GeneratorImpl {
  at::Generator host = at::detail::createCPUGenerator();
  explicit Generator(DeviceIndex i)
      : GeneratorImpl(Device(kSim, i), c10::DispatchKeySet(c10::DispatchKey::PrivateUse1)) {}
  void set_current_seed(uint64_t s) override { host.set_current_seed(s); }
  void set_offset(uint64_t) override { TORCH_CHECK(false, "simgpu generators have no offset"); }
  uint64_t get_offset() const override { TORCH_CHECK(false, "simgpu generators have no offset"); }
  uint64_t current_seed() const override { return host.current_seed(); }
  uint64_t seed() override { return host.seed(); }
  void set_state(const c10::TensorImpl& s) override { host.unsafeGetGeneratorImpl()->set_state(s); }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override {
    return host.unsafeGetGeneratorImpl()->get_state();
  }
  Generator* clone_impl() const override {
    auto* g = new Generator(device_.index());
    g->host = host.clone();
    return g;
  }
};
at::Generator& default_generator(DeviceIndex i) {
  static auto* all = new std::vector<at::Generator>{at::make_generator<Generator>(0),
                                                    at::make_generator<Generator>(1)};
  if (i < 0) i = current;
  check_index(i);
  return (*all)[i];
}

// What PyTorch asks a backend.
struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return kDevices; }
  void setCurrentDevice(DeviceIndex i) const override {
    check_index(i);
    current = i;
  }
  DeviceIndex getCurrentDevice() const override { return current; }
  DeviceIndex exchangeDevice(DeviceIndex i) const override {
    auto old = current;
    setCurrentDevice(i);
    return old;
  }
  DeviceIndex maybeExchangeDevice(DeviceIndex i) const override {
    return i < 0 || i >= kDevices ? current : exchangeDevice(i);
  }
  bool isPinnedPtr(const void* p) const override { return pinned.contains(p); }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinned; }
  Device getDeviceFromPtr(void* p) const override {
    std::lock_guard lock(alloc.mutex);
    auto it = alloc.live.find(p);
    TORCH_CHECK(it != alloc.live.end(), "not a simgpu pointer");
    return {kSim, it->second.second};
  }
  const at::Generator& getDefaultGenerator(DeviceIndex i) const override {
    return default_generator(i);
  }
  at::Generator getNewGenerator(DeviceIndex i) const override {
    return at::make_generator<Generator>(i < 0 ? current : i);
  }
  void resizePrivateUse1Bytes(const c10::Storage& s, size_t n) const override {
    c10::DeviceGuard guard(s.device());
    at::native::resize_bytes_cpu(s.unsafeGetStorageImpl(), n);
  }
};

}  // namespace simgpu
