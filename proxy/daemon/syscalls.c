/*
 * Which system calls a worker has left.
 */
#include "daemon/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/sanitized.h"

/* Sanitized builds run the tests: there a call that was forgotten below shows,
 * and is not taken for an old kernel's. */
#if SANITIZED
#define OTHERS SCMP_ACT_KILL_PROCESS
#else
#define OTHERS SCMP_ACT_ERRNO(ENOSYS)
#endif

/* Names, since neither every architecture nor every libseccomp knows them
 * all. None of these looks at its arguments, so the kernel need not run the
 * filter for them at all (it keeps a bitmap, since Linux 5.11). */
static const char *const allowed[] = {
    /* Connections. */
    "read", "write", "readv", "writev", "recv", "recvfrom", "recvmsg", "send",
    "sendto", "sendmsg", "accept", "accept4", "connect", "shutdown", "close",
    "getsockopt", "getsockname", "getpeername",
    /* The loop. */
    "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "epoll_ctl_old",
    "poll", "ppoll", "ppoll_time64", "clock_gettime", "clock_gettime64",
    "clock_getres", "gettimeofday", "time", "sched_yield",
    /* Memory, and the bundle; mmap and mprotect are below. */
    "brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock", "lseek",
    "_llseek", "fstat", "fstat64",
    /* What libraries want to know. */
    "getrandom", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
    "getegid", "getuid32", "geteuid32", "getgid32", "getegid32", "sysinfo",
    "sched_getaffinity", "futex", "futex_time64",
    /* The end, an ordinary one or by abort(). */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
    "sigaltstack", "restart_syscall", "exit", "exit_group"};

/* Nobody asks for these by mistake. Those with a number behind the name, or
 * another name on another architecture, are all that kernels have. */
static const char *const hostile[] = {
    /* Another program, another process. */
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp",
    /* Another view of the machine. */
    "mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare",
    "open_tree", "move_mount", "fsopen", "fsmount", "fspick", "mount_setattr",
    "open_by_handle_at",
    /* Other rights. */
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid",
    "setuid32", "setgid32", "setresuid32", "setresgid32", "setgroups",
    "setgroups32", "capset", "add_key", "keyctl", "request_key",
    /* The kernel itself. */
    "init_module", "finit_module", "delete_module", "kexec_load",
    "kexec_file_load", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register", "iopl", "ioperm",
    "modify_ldt", "reboot", "swapon", "swapoff", "settimeofday",
    "clock_settime"};

/* One more only if an argument is right. */
struct condition {
	const char *name;
	struct scmp_arg_cmp argument;
};

#define IS(number, value) SCMP_CMP64(number, SCMP_CMP_EQ, value, 0)
#define HAS_NONE(number, bits) SCMP_CMP64(number, SCMP_CMP_MASKED_EQ, bits, 0)

static const struct condition conditions[] = {
    /* No memory that can be run. */
    {"mmap", HAS_NONE(2, PROT_EXEC)},
    {"mmap2", HAS_NONE(2, PROT_EXEC)},
    {"mprotect", HAS_NONE(2, PROT_EXEC)},
    /* No signals by way of F_SETOWN. */
    {"fcntl", IS(1, F_GETFD)},
    {"fcntl", IS(1, F_SETFD)},
    {"fcntl", IS(1, F_GETFL)},
    {"fcntl", IS(1, F_SETFL)},
    {"fcntl", IS(1, F_GET_SEALS)},
    {"fcntl64", IS(1, F_GETFD)},
    {"fcntl64", IS(1, F_SETFD)},
    {"fcntl64", IS(1, F_GETFL)},
    {"fcntl64", IS(1, F_SETFL)},
    {"fcntl64", IS(1, F_GET_SEALS)},
    /* Limits are asked for, not set. */
    {"getrlimit", IS(0, RLIMIT_NOFILE)},
    {"ugetrlimit", IS(0, RLIMIT_NOFILE)},
    {"prlimit64", IS(2, 0)},
};

/* Options of sockets that somebody sets: one that is new must be added. */
static const struct option {
	int level, name;
} options[] = {
    {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_LINGER},
    {SOL_SOCKET, SO_RCVBUF},
    {SOL_SOCKET, SO_SNDBUF},
    {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, TCP_QUICKACK},
    {IPPROTO_TCP, TCP_CORK},
    {IPPROTO_TCP, TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 0, or a negative errno. */
static int
add(scmp_filter_ctx filter, uint32_t action, const char *name,
    unsigned arguments, const struct scmp_arg_cmp *argument)
{
	int number = seccomp_syscall_resolve_name(name);

	/* A call that nobody knows nobody can make. */
	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(
	    filter, action, number, arguments, argument);
}

static int
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names,
    size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add(filter, action, names[i], 0, NULL);
	return result;
}

static int
add_conditions(
    scmp_filter_ctx filter, const struct condition *list, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add(
		    filter, SCMP_ACT_ALLOW, list[i].name, 1, &list[i].argument);
	return result;
}

/* A stream over IP, to a server; a worker neither binds nor listens. */
static int
add_sockets(scmp_filter_ctx filter)
{
	static const int families[] = {AF_INET, AF_INET6};
	static const int protocols[] = {0, IPPROTO_TCP};
	const scmp_datum_t flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int result = 0;

	for (size_t i = 0; i < 4 && result == 0; i++) {
		const struct scmp_arg_cmp arguments[] = {
		    IS(0, (scmp_datum_t)families[i / 2]),
		    SCMP_CMP64(1, SCMP_CMP_MASKED_EQ, ~flags & 0xffffffff,
			SOCK_STREAM),
		    IS(2, (scmp_datum_t)protocols[i % 2])};

		result = add(filter, SCMP_ACT_ALLOW, "socket", 3, arguments);
	}
	for (size_t i = 0; i < COUNT(options) && result == 0; i++) {
		const struct scmp_arg_cmp arguments[] = {
		    IS(1, (scmp_datum_t)options[i].level),
		    IS(2, (scmp_datum_t)options[i].name)};

		result =
		    add(filter, SCMP_ACT_ALLOW, "setsockopt", 2, arguments);
	}
	return result;
}

#if SANITIZED
/* LeakSanitizer has a second process of the same memory, which stops the first
 * one and looks for what nothing points to. A report looks for names and asks
 * whether a terminal is there to show them in colours. */
static int
add_sanitizers(scmp_filter_ctx filter)
{
	static const char *const names[] = {"wait4", "getdents", "getdents64",
	    "readlink", "readlinkat", "pipe2", "newfstatat"};
	static const struct condition some[] = {
	    {"open", HAS_NONE(1, O_ACCMODE | O_CREAT | O_TRUNC)},
	    {"openat", HAS_NONE(2, O_ACCMODE | O_CREAT | O_TRUNC)},
	    {"clone", SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, CLONE_VM, CLONE_VM)},
	    {"ptrace", SCMP_CMP64(0, SCMP_CMP_NE, PTRACE_TRACEME, 0)},
	    {"ioctl", IS(1, TCGETS)},
	    {"prctl", IS(0, PR_GET_DUMPABLE)},
	    {"prctl", IS(0, PR_SET_PTRACER)},
	};
	const struct scmp_arg_cmp dies_with[] = {
	    IS(0, PR_SET_PDEATHSIG), IS(1, SIGKILL)};
	int result = add_all(filter, SCMP_ACT_ALLOW, names, COUNT(names));

	if (result == 0)
		result = add_conditions(filter, some, COUNT(some));
	if (result == 0)
		result = add(filter, SCMP_ACT_ALLOW, "prctl", 2, dies_with);
	return result;
}
#else
static int
add_sanitizers(scmp_filter_ctx filter)
{
	(void)filter;
	return 0;
}
#endif

static int
fill(scmp_filter_ctx filter)
{
	/* abort() sends its signal to itself. */
	const struct condition own = {"tgkill", IS(0, (scmp_datum_t)getpid())};
	int result = add_all(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));

	if (result == 0)
		result = add_conditions(filter, conditions, COUNT(conditions));
	if (result == 0)
		result = add_conditions(filter, &own, 1);
	if (result == 0)
		result = add_sockets(filter);
	if (result == 0)
		result = add_sanitizers(filter);
	/* Where all others kill as well, a rule would say nothing new. */
	if (result == 0 && OTHERS != SCMP_ACT_KILL_PROCESS)
		result = add_all(
		    filter, SCMP_ACT_KILL_PROCESS, hostile, COUNT(hostile));
	return result;
}

bool
syscalls_available(void)
{
	/* EINVAL: not known; EFAULT: it wants to see a filter (prctl(2)). */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 &&
	    errno == EFAULT;
}

int
syscalls_restrict(struct problem *why)
{
	scmp_filter_ctx filter = seccomp_init(OTHERS);
	int result = filter == NULL ? -ENOMEM : 0;

	/* Sorted, not tried one after the other, for kernels without the
	 * bitmap; a libseccomp that can't does without. */
	if (result == 0)
		seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (result == 0)
		result = fill(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result == 0)
		return 0;
	errno = -result;
	problem_errno(why, "cannot restrict system calls");
	return -1;
}

const char *
syscalls_library(void)
{
	static char text[32];
	const struct scmp_version *version = seccomp_version();

	snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor,
	    version->micro);
	return text;
}
