/*
 * The plan, as the process under test sees it.
 */
#include "plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

/* Frames of this library's own. */
#define OWN_FRAMES 3

static struct plan *plan;
static enum role role = PARENT;
static int64_t live;
static struct code {
	uintptr_t begin, end;
} program, linker, seccomp;
static bool paused; /* what is called meanwhile neither fails nor counts */

static void
become_worker(void)
{
	role = WORKER;
	plan->live[role] = live;
}

static struct code
code_of(const struct dl_phdr_info *object)
{
	struct code code = {0};

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
			code.begin = object->dlpi_addr + part->p_vaddr;
			code.end = code.begin + part->p_memsz;
		}
	}
	return code;
}

/* The first one is the program. */
static int
look_at(struct dl_phdr_info *object, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	if (program.end == 0)
		program = code_of(object);
	else if (strstr(object->dlpi_name, "/ld-linux") != NULL)
		linker = code_of(object);
	else if (strstr(object->dlpi_name, "/libseccomp") != NULL)
		seccomp = code_of(object);
	return 0;
}

static bool
holds(const struct code *code, const void *at)
{
	return (uintptr_t)at >= code->begin && (uintptr_t)at < code->end;
}

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("CASGATE_FAULTS");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (fd != -1)
		at = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		fprintf(stderr, "no plan of faults in CASGATE_FAULTS\n");
		_exit(3);
	}
	close(fd);
	dl_iterate_phdr(look_at, NULL);
	pthread_atfork(NULL, NULL, become_worker);
	plan = at;
}

struct trace {
	uint64_t frames[PLAN_STACK];
	uint32_t depth;
	unsigned skipped;
};

static _Unwind_Reason_Code
add_frame(struct _Unwind_Context *context, void *to)
{
	struct trace *trace = to;

	if (trace->skipped < OWN_FRAMES)
		trace->skipped++;
	else
		trace->frames[trace->depth++] = _Unwind_GetIP(context);
	return trace->depth < PLAN_STACK ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Distinct for distinct ways to a call (FNV-1a). */
static uint32_t
hash(const struct trace *trace)
{
	uint32_t hash = 0x811c9dc5;

	for (uint32_t i = 0; i < trace->depth; i++)
		hash = (hash ^ (uint32_t)trace->frames[i]) * 0x01000193;
	return hash;
}

static void
note(uint32_t number, const char *name)
{
	struct trace trace = {0};

	_Unwind_Backtrace(add_frame, &trace);
	if (number <= PLAN_SURVEY)
		plan->survey[number - 1] = hash(&trace);
	if (number != plan->first)
		return;
	memcpy(plan->stack, trace.frames, sizeof(plan->stack));
	snprintf(plan->name, sizeof(plan->name), "%s", name);
	plan->stack_depth = trace.depth;
}

bool
plan_fails(enum kind kind, const char *name)
{
	uint32_t number;

	if (plan == NULL || kind != plan->kind || role != plan->role || paused)
		return false;
	paused = true;
	number = ++plan->count;
	if (plan->surveying || number == plan->first)
		note(number, name);
	paused = false;
	if (number < plan->first || number >= plan->first + plan->times)
		return false;
	errno = plan->error;
	return true;
}

bool
plan_is_ours(const void *code)
{
	return holds(&program, code);
}

bool
plan_is_spared(const void *code)
{
	return holds(&seccomp, code) || holds(&linker, code);
}

void
plan_pause(bool pause)
{
	paused = pause;
}

bool
plan_is_linkers(const void *code)
{
	return holds(&linker, code);
}

void
plan_allocated(int count)
{
	live += count;
	if (plan != NULL)
		plan->live[role] = live;
}

void *
plan_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}
