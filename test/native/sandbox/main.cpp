#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

// sandbox-checks try FILE SOCKET: asks the system for what code of a stranger would want and JavaScript has
// no words for, and prints a line on each: 0, or the number of the system's refusal. FILE is one that may be
// read, SOCKET is kept by another process: sandbox-checks keep SOCKET, which says so and waits to be killed.
// For test/validator/isolation/system-calls.test.ts.

namespace {

sockaddr_un addressOf(const char* path) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return address;
}

int keep(const char* path) {
  const sockaddr_un address = addressOf(path);
  const int own = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (bind(own, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 2;
  std::puts("kept");
  std::fflush(stdout);
  return pause();
}

long sendToSocket(const char* path) {
  std::array<int, 2> pair{};
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair.data()) != 0) return -1;
  const sockaddr_un address = addressOf(path);
  return sendto(pair[0], "x", 1, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// The kernel's own call: the C library takes another way to the same end.
long child(unsigned long call, auto... arguments) {
  const long pid = syscall(static_cast<long>(call), arguments...);
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return pid;
}

long lock(int file, short kind, int command) {
  struct flock whole {};
  whole.l_type = kind;
  return fcntl(file, command, &whole);
}

using Attempts = std::vector<std::pair<const char*, std::function<long()>>>;

Attempts attempts(int file, const char* socket) {
  const pid_t parent = getppid();
  return {
      {"reach a local socket by a pair of others", [=] { return sendToSocket(socket); }},
      {"have signals sent to another process", [=] { return fcntl(file, F_SETOWN, parent); }},
      {"choose such a signal", [=] { return fcntl(file, F_SETSIG, SIGKILL); }},
      {"control an open file",
       [=] {
         int bytes = 0;
         return ioctl(file, FIGETBSZ, &bytes);
       }},
      {"lock a file", [=] { return lock(file, F_RDLCK, F_SETLK); }},
      {"lock an open file", [=] { return lock(file, F_RDLCK, 37); }},
      {"lock it by the older call", [=] { return flock(file, LOCK_EX); }},
      {"take a lease of a file", [=] { return fcntl(file, F_SETLEASE, F_RDLCK); }},
      {"outlive the parent", [] { return prctl(PR_SET_PDEATHSIG, 0); }},
      {"signal another process", [=] { return kill(parent, 0); }},
      {"signal a thread of it", [=] { return syscall(SYS_tgkill, parent, parent, 0); }},
      {"open another process", [=] { return syscall(434, parent, 0); }},
      {"fork by clone", [] { return child(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
      {"fork by clone3",
       [] {
         std::array<uint64_t, 8> arguments{0, 0, 0, 0, SIGCHLD};
         return child(435, arguments.data(), sizeof arguments);
       }},
      {"share memory by System V", [] { return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600); }},
      {"make semaphores", [] { return semget(IPC_PRIVATE, 1, IPC_CREAT | 0600); }},
      {"have a file in memory", [] { return syscall(SYS_memfd_create, "x", 0); }},
      {"open a file in another way",
       [=] {
         std::array<uint64_t, 3> how{O_RDONLY};
         return syscall(437, AT_FDCWD, "/proc/self/status", how.data(), sizeof how);
       }},
  };
}

}  // namespace

int main(int count, char** arguments) {
  const std::string order = count > 1 ? arguments[1] : "";
  if (order == "keep" && count == 3) return keep(arguments[2]);
  if (order != "try" || count != 4) return 2;
  const int file = open(arguments[2], O_RDONLY | O_CLOEXEC);
  if (file < 0) return 2;
  for (const auto& [name, attempt] : attempts(file, arguments[3])) {
    errno = 0;
    const bool done = attempt() >= 0;
    std::printf("%d %s\n", done ? 0 : errno, name);
  }
  return 0;
}
