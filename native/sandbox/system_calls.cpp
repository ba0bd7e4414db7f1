#include "system_calls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "call_list.h"

namespace healthtensor::sandbox {
namespace {

#if defined(__x86_64__)
constexpr unsigned kMachine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = AUDIT_ARCH_AARCH64;
#else
constexpr unsigned kMachine = 0;
#endif

// A program for the kernel's packet filter machine, which looks at one call: numbers are 32-bit words of
// seccomp_data.
class Filter {
 public:
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)); }
  // The low half of an argument, in a machine that stores it first. Refusing looks at no more than 32 bits.
  void loadArgument(int index) { load(offsetof(seccomp_data, args) + 8 * static_cast<size_t>(index)); }
  void answer(unsigned value) { add(BPF_RET | BPF_K, 0, 0, value); }
  void refuse(int errorNumber) { answer(SECCOMP_RET_ERRNO | static_cast<unsigned>(errorNumber)); }
  void allow() { answer(SECCOMP_RET_ALLOW); }
  void mask(unsigned bits) { add(BPF_ALU | BPF_AND | BPF_K, 0, 0, bits); }
  // The next `count` instructions run only when the loaded number equals (is at least) the value.
  void ifEqual(unsigned value, uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, 0, count, value); }
  void ifAtLeast(unsigned value, uint8_t count) { add(BPF_JMP | BPF_JGE | BPF_K, 0, count, value); }
  void ifNotEqual(unsigned value, uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, count, 0, value); }

  // The loaded number is a call, or an argument of one.
  void refuseCall(int call, int errorNumber) {
    ifEqual(static_cast<unsigned>(call), 1);
    refuse(errorNumber);
  }
  // Refused when the argument is one of the values; nothing of the call is looked at afterwards.
  void refuseIf(int call, int argument, std::span<const int> values) {
    ifEqual(static_cast<unsigned>(call), static_cast<uint8_t>(2 + 2 * values.size()));
    loadArgument(argument);
    for (const int value : values) refuseCall(value, EPERM);
    allow();
  }
  // Refused unless the argument, of which the bits count, equals the value; nothing of the call is looked at
  // afterwards.
  void allowOnlyIf(int call, int argument, unsigned bits, unsigned value) {
    ifEqual(static_cast<unsigned>(call), 5);
    loadArgument(argument);
    mask(bits);
    ifNotEqual(value, 1);
    refuse(EPERM);
    allow();
  }

  sock_fprog program() { return {.len = static_cast<unsigned short>(code_.size()), .filter = code_.data()}; }

 private:
  void add(int code, uint8_t then, uint8_t otherwise, unsigned value) {
    code_.push_back({.code = static_cast<uint16_t>(code), .jt = then, .jf = otherwise, .k = value});
  }

  std::vector<sock_filter> code_;
};

Filter filterFor(const CallPolicy& policy) {
  constexpr unsigned kAll = ~0U;
  Filter filter;
  // Another calling convention has other numbers.
  filter.load(offsetof(seccomp_data, arch));
  filter.ifNotEqual(kMachine, 1);
  filter.answer(SECCOMP_RET_KILL_PROCESS);
  filter.load(offsetof(seccomp_data, nr));
  filter.ifAtLeast(kFirstUnknownCall, 1);
  filter.refuse(ENOSYS);
  // Its flags are out of sight, so that the C library must take the older call.
  filter.refuseCall(kClone3, ENOSYS);
  filter.refuseCall(kOpenat2, ENOSYS);
  // Threads, no processes.
  filter.allowOnlyIf(SYS_clone, 0, CLONE_THREAD, CLONE_THREAD);
  // Signals to itself.
  const auto self = static_cast<unsigned>(getpid());
  filter.allowOnlyIf(SYS_kill, 0, kAll, self);
  filter.allowOnlyIf(SYS_tgkill, 0, kAll, self);
  // The calling thread's or process' own settings.
  filter.allowOnlyIf(SYS_prlimit64, 0, kAll, 0);
  filter.allowOnlyIf(SYS_sched_setaffinity, 0, kAll, 0);
  // It ends with its parent, whatever it thinks of that.
  filter.refuseIf(SYS_prctl, 0, std::array{PR_SET_PDEATHSIG});
  filter.refuseIf(SYS_fcntl, 1, kRefusedFileCommands);
  if (policy.gpu) {
    filter.allowOnlyIf(SYS_socket, 0, kAll, AF_UNIX);
  } else {
    filter.refuseCall(SYS_socket, EPERM);
    // Of terminals and pipes, which libuv asks for. Others change files that are open for reading, or have
    // signals sent.
    filter.allowOnlyIf(SYS_ioctl, 1, 0xff00, 0x5400);
    constexpr unsigned kWriting = O_ACCMODE | O_CREAT | O_TRUNC;
    filter.allowOnlyIf(SYS_openat, 2, kWriting, O_RDONLY);
#ifdef __x86_64__
    filter.allowOnlyIf(SYS_open, 1, kWriting, O_RDONLY);
#endif
  }
  for (const int call : kRefusedCalls) {
    const bool local = call == SYS_socketpair || call == SYS_bind || call == SYS_connect ||
                       call == SYS_listen || call == SYS_memfd_create;
    if (!policy.gpu || !local) filter.refuseCall(call, EPERM);
  }
  filter.allow();
  return filter;
}

}  // namespace

Protection restrictSystemCalls(const CallPolicy& policy) {
  if (kMachine == 0) return {"calls", false, "seccomp: no list of calls for this kind of CPU"};
  Filter filter = filterFor(policy);
  sock_fprog program = filter.program();
  // Without the flag, kernels before 5.16 slow the whole process down against attacks that only matter where
  // one process runs the code of several parties.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) != 0 &&
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return {"calls", false, std::string("seccomp: ") + std::strerror(errno)};
  }
  return {"calls", true, "seccomp"};
}

}  // namespace healthtensor::sandbox
