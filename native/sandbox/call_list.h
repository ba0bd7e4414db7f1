#pragma once

#include <fcntl.h>
#include <sys/syscall.h>

#include <array>

namespace healthtensor::sandbox {

/// Calls from this number on came after Linux 6.10 and are refused as unknown. Numbers from 424 on are the
/// same everywhere.
constexpr int kFirstUnknownCall = 463;

constexpr int kClone3 = 435;
constexpr int kOpenat2 = 437;

/// Of fcntl: locks on files, which others would wait for, and signals, which may go to any process of the
/// same user.
constexpr auto kRefusedFileCommands = std::to_array<int>({
    F_SETLK, F_SETLKW,
    37,  // F_OFD_SETLK
    38,  // F_OFD_SETLKW
    F_SETOWN,
    15,    // F_SETOWN_EX
    10,    // F_SETSIG
    1024,  // F_SETLEASE
});

/// Refused whatever their arguments. A name that a system's header may lack is written as its number.
constexpr auto kRefusedCalls = std::to_array<int>({
    // The network; what is left is the pipe to the parent. A pair of sockets for datagrams reaches others by
    // their paths.
    SYS_socketpair,
    SYS_bind,
    SYS_connect,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    // Files: making, removing and changing them.
    SYS_truncate,
    SYS_fallocate,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_memfd_create,
    SYS_flock,
    447,  // memfd_secret
    452,  // fchmodat2
    // Files by other names than paths.
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    // Programs and other processes.
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    424,  // pidfd_send_signal
    434,  // pidfd_open
    438,  // pidfd_getfd
    440,  // process_madvise
    448,  // process_mrelease
    SYS_setpriority,
    SYS_ioprio_set,
    SYS_sched_setparam,
    SYS_sched_setscheduler,
    SYS_sched_setattr,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_msgget,
    SYS_msgctl,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_semget,
    SYS_semctl,
    SYS_semop,
    SYS_semtimedop,
    SYS_mq_open,
    SYS_mq_unlink,
    // Namespaces and mounts.
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    428,  // open_tree
    429,  // move_mount
    430,  // fsopen
    431,  // fsconfig
    432,  // fsmount
    433,  // fspick
    442,  // mount_setattr
    // The kernel.
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    425,  // io_uring_setup
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    443,  // quotactl_fd
    SYS_syslog,
    SYS_personality,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_vhangup,
#ifdef __x86_64__
    SYS_creat,
    SYS_unlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_link,
    SYS_symlink,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_fork,
    SYS_vfork,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
    SYS_ustat,
    SYS_sysfs,
#endif
});

}  // namespace healthtensor::sandbox
