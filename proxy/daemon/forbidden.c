/*
 * Things that a worker must not do.
 */
#include "daemon/forbidden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sanitized.h"

/* Stands for the process id of whom it is about. */
#define PARENT LONG_MIN

#define NONE (-1L) /* no descriptor */
#define PATH(text) ((long)(text))
#define NOWHERE PATH("/casgate-self-test")

static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

/* The child, if there is one, has nothing to do. */

static long
start_by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

#ifdef SYS_vfork
static long
start_by_vfork(void)
{
	pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.*) */

	if (pid == 0)
		_exit(0);
	return pid;
}
#endif

/* These want a socket that is real. */

static long
bind_a_port(void)
{
	const struct sockaddr_in any = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (const struct sockaddr *)&any, sizeof(any));
}

static long
listen_anywhere(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

/* These want memory that is real. */

static long
make_memory_run(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long
map_memory_that_runs(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
	    ? -1
	    : 0;
}

#define CALL(name, ...) .number = SYS_##name, .arguments = {__VA_ARGS__}
#define OPEN(path, flags) CALL(openat, AT_FDCWD, PATH(path), flags)

/* clang-format off */
const struct forbidden forbidden[] = {
    /* Files. */
    {"open a file for reading", OPEN("/etc/passwd", O_RDONLY)},
    {"open a file for writing", OPEN("/dev/null", O_WRONLY)},
    {"open a setting of the kernel for writing",
	OPEN("/proc/sys/kernel/hostname", O_WRONLY)},
    {"create a file", OPEN("/tmp", O_WRONLY | O_CREAT)},
    {"create a file without a name", CALL(memfd_create, PATH("self-test"))},
#if !SANITIZED
    {"read a folder", CALL(getdents64, NONE)},
    {"look at a file", CALL(newfstatat, AT_FDCWD, NOWHERE)},
#endif
    {"remove a file", CALL(unlinkat, AT_FDCWD, NOWHERE)},
    {"rename a file", CALL(renameat2, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE)},
    {"link a file", CALL(linkat, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE)},
    {"link to a file", CALL(symlinkat, PATH("/"), AT_FDCWD, PATH("/"))},
    {"shorten a file", CALL(truncate, NOWHERE)},
    {"change the mode of a file", CALL(fchmodat, AT_FDCWD, NOWHERE)},
    {"change the owner of a file", CALL(fchownat, AT_FDCWD, NOWHERE)},
    {"make a folder", CALL(mkdirat, AT_FDCWD, PATH("/"))},
    {"make a device", CALL(mknodat, AT_FDCWD, PATH("/"), S_IFCHR)},
    {"change the folder", CALL(chdir, PATH("/"))},
    {"watch files", CALL(inotify_init1)},

    /* Programs and processes. */
    {"start a program", CALL(execve, NOWHERE)},
    {"start a program from a descriptor", CALL(execveat, NONE, NOWHERE)},
    {"start a process", .act = start_by_fork},
#ifdef SYS_vfork
    {"start a process in this memory", .act = start_by_vfork},
#endif
    {"start a thread", CALL(clone3)},
    {"send the parent a signal", CALL(kill, PARENT)},
    {"send a thread of the parent a signal", CALL(tgkill, PARENT, PARENT)},
    {"send the parent a signal with a value", CALL(rt_sigqueueinfo, PARENT)},
    {"send the parent the signals of a descriptor",
	CALL(fcntl, STDIN_FILENO, F_SETOWN, PARENT)},
    {"trace the parent", CALL(ptrace, PTRACE_SEIZE, PARENT)},
    {"be traced by the parent", CALL(ptrace, PTRACE_TRACEME)},
    {"read the memory of the parent", CALL(process_vm_readv, PARENT)},
    {"write the memory of the parent", CALL(process_vm_writev, PARENT)},
    {"get hold of the parent", CALL(pidfd_open, PARENT)},
    {"take a descriptor of another process", CALL(pidfd_getfd, NONE)},
    {"compare itself with the parent", CALL(kcmp, PARENT, PARENT)},
    {"leave the session", CALL(setsid)},
    {"type into the terminal", CALL(ioctl, STDIN_FILENO, TIOCSTI)},
    {"share memory with others", CALL(shmget)},

    /* The network. */
    {"bind a port", .act = bind_a_port},
    {"listen", .act = listen_anywhere},
    {"open a local socket", CALL(socket, AF_UNIX, SOCK_STREAM)},
    {"open a pair of sockets", CALL(socketpair, AF_UNIX, SOCK_STREAM)},
    {"open a datagram socket", CALL(socket, AF_INET, SOCK_DGRAM)},
    {"open a raw socket", CALL(socket, AF_INET, SOCK_RAW, IPPROTO_ICMP)},
    {"open a raw IPv6 socket",
	CALL(socket, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)},
    {"see all packets", CALL(socket, AF_PACKET, SOCK_RAW)},
    {"talk to the kernel by netlink", CALL(socket, AF_NETLINK, SOCK_RAW)},
    {"talk to the hypervisor", CALL(socket, AF_VSOCK, SOCK_STREAM)},
    {"use the ciphers of the kernel", CALL(socket, AF_ALG, SOCK_SEQPACKET)},
    {"filter packets",
	CALL(setsockopt, NONE, SOL_SOCKET, SO_ATTACH_FILTER)},
    {"have the kernel do another protocol",
	CALL(setsockopt, NONE, IPPROTO_TCP, TCP_ULP)},

    /* Itself. */
    {"map memory that runs", .act = map_memory_that_runs},
    {"make its memory run", .act = make_memory_run},
    {"raise a limit",
	CALL(prlimit64, 0, RLIMIT_CORE, PATH(&unlimited))},
    {"let its memory be read again", CALL(prctl, PR_SET_DUMPABLE, 1)},
    {"outlive the parent", CALL(prctl, PR_SET_PDEATHSIG)},
    {"take another personality", CALL(personality, 0xffffffff)},
    {"become root", CALL(setresuid, NONE, NONE, NONE)},
    {"join the group of root", CALL(setresgid, NONE, NONE, NONE)},
    {"join more groups", CALL(setgroups, 1)},
    {"gain capabilities", CALL(capset)},
    {"handle page faults", CALL(userfaultfd, O_CLOEXEC)},
#ifdef SYS_modify_ldt
    {"change its segments", CALL(modify_ldt)},
#endif
#ifdef __x86_64__
    {"call the kernel in another way", /* the x32 ABI's */
	.number = 0x40000000 | SYS_getpid},
#endif

    /* The machine. */
    {"mount a file system", CALL(mount)},
    {"unmount a file system", CALL(umount2)},
    {"swap roots", CALL(pivot_root)},
    {"change the root", CALL(chroot, PATH("/"))},
    {"make a namespace", CALL(unshare, CLONE_NEWUSER)},
    {"enter a namespace", CALL(setns, NONE)},
    {"read the keys of the kernel",
	CALL(keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING)},
    {"add a key", CALL(add_key)},
    {"load a program into the kernel", CALL(bpf)},
    {"measure the machine", CALL(perf_event_open)},
    {"queue system calls", CALL(io_uring_setup)},
    {"load a module", CALL(finit_module, NONE)},
    {"load another kernel", CALL(kexec_load, 0, LONG_MAX)},
    {"reboot", CALL(reboot)},
    {"set the clock", CALL(clock_settime, CLOCK_REALTIME)},
    {"set the time of day", CALL(settimeofday)},
    {"read the log of the kernel", CALL(syslog, 10)},
    {"name the machine", CALL(sethostname, 0, NONE)},
    {"swap to a file", CALL(swapon)},
#ifdef SYS_iopl
    {"talk to devices", CALL(iopl)},
#endif
};
/* clang-format on */

const size_t forbidden_count = sizeof(forbidden) / sizeof(forbidden[0]);

int
forbidden_try(const struct forbidden *act, pid_t parent)
{
	long a[6], result;

	for (size_t i = 0; i < 6; i++)
		a[i] = act->arguments[i] == PARENT ? parent : act->arguments[i];
	errno = 0;
	result = act->act != NULL
	    ? act->act()
	    : syscall(act->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return result < 0 ? errno : 0;
}
