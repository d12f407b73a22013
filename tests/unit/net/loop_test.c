/*
 * Turns, tasks, timers and watches.
 */
#include "net_test.h"

#include <signal.h>

static int runs;

static void
count(void *owner)
{
	(void)owner;
	runs++;
}

static void
test_a_task_runs_once(void **state)
{
	struct task task = {.run = count};

	(void)state;
	runs = 0;
	loop_put_off(loop, &task);
	loop_put_off(loop, &task);
	run_turns(3);
	assert_int_equal(runs, 1);
	assert_null(task.in);
}

static void
test_a_forgotten_task_does_not_run(void **state)
{
	struct task first = {.run = count}, second = {.run = count};

	(void)state;
	runs = 0;
	loop_put_off(loop, &first);
	loop_soon(loop, &second);
	loop_forget(&first);
	loop_forget(&second);
	loop_forget(&second);
	run_turns(3);
	assert_int_equal(runs, 0);
}

/* The work of a mass reconnect: it never ends, each piece takes a while. */
struct flood {
	struct task tasks[50];
	int done;
};

static void
work(void *owner)
{
	struct flood *flood = owner;
	uint64_t until_ms = monotonic_ms() + 2;

	while (monotonic_ms() < until_ms)
		continue;
	flood->done++;
	for (int i = 0; i < 50; i++)
		loop_put_off(loop, &flood->tasks[i]);
}

struct ping {
	int reader, writer;
	int left;
	uint64_t sent_ms, slowest_ms;
};

static void
send_ping(struct ping *ping)
{
	ping->sent_ms = monotonic_ms();
	assert_int_equal(write(ping->writer, "x", 1), 1);
}

static void
on_ping(int fd, void *owner)
{
	struct ping *ping = owner;
	uint64_t took_ms = monotonic_ms() - ping->sent_ms;

	assert_int_equal(drain(fd, NULL), 1);
	if (took_ms > ping->slowest_ms)
		ping->slowest_ms = took_ms;
	if (--ping->left == 0)
		loop_stop(loop);
	else
		send_ping(ping);
}

/* 50 tasks of 2 ms wait all the time; an event waits for one of them. */
static void
test_a_flood_of_tasks_does_not_delay_events(void **state)
{
	struct flood flood = {.done = 0};
	struct ping ping = {.left = 30};
	struct watch *watch;
	int fds[2];

	(void)state;
	open_pair(fds);
	ping.reader = fds[0];
	ping.writer = fds[1];
	watch = watch_open(loop, fds[0], on_ping, &ping);
	for (int i = 0; i < 50; i++) {
		flood.tasks[i] = (struct task){.run = work, .owner = &flood};
		loop_put_off(loop, &flood.tasks[i]);
	}
	send_ping(&ping);
	loop_run(loop);
	assert_true(ping.slowest_ms < 50);
	/* And the tasks are not starved by the events. */
	assert_true(flood.done >= 29);
	for (int i = 0; i < 50; i++)
		loop_forget(&flood.tasks[i]);
	watch_close(watch);
	close(fds[0]);
	close(fds[1]);
}

static void
again(void *owner)
{
	struct task *task = owner;

	runs++;
	loop_soon(loop, task);
}

static void
test_soon_is_the_next_turn_each_time(void **state)
{
	struct task task = {.run = again};

	(void)state;
	task.owner = &task;
	runs = 0;
	loop_soon(loop, &task);
	run_turn();
	assert_int_equal(runs, 1);
	run_turns(4);
	assert_int_equal(runs, 5);
	loop_forget(&task);
}

static struct task victim;

static void
forget_the_other(void *owner)
{
	(void)owner;
	loop_forget(&victim);
}

static void
test_one_that_is_due_can_be_forgotten(void **state)
{
	struct task task = {.run = forget_the_other};

	(void)state;
	runs = 0;
	victim = (struct task){.run = count};
	loop_soon(loop, &task);
	loop_soon(loop, &victim);
	run_turns(3);
	assert_int_equal(runs, 0);
}

static void
test_a_turn_ends_with_the_hook(void **state)
{
	(void)state;
	runs = 0;
	loop->turn_ended = count;
	run_turns(3);
	assert_int_equal(runs, 3);
}

static void
test_a_timer_fires_in_time(void **state)
{
	struct timer *timer = timer_new(loop, count, NULL);
	uint64_t began_ms = monotonic_ms();

	(void)state;
	runs = 0;
	timer_aim(timer, loop->now_ms + 20);
	run_for(100);
	assert_int_equal(runs, 1);
	assert_in_range(monotonic_ms() - began_ms, 95, 1000);
	timer_free(timer);
	timer_free(NULL);
}

static uint64_t fired_ms;

static void
note_time(void *owner)
{
	(void)owner;
	runs++;
	fired_ms = loop->now_ms;
}

static void
test_a_timer_never_fires_before_its_time(void **state)
{
	struct timer *timer = timer_new(loop, note_time, NULL);

	(void)state;
	for (unsigned ms = 1; ms <= 15; ms++) {
		uint64_t due_ms = loop->now_ms + ms;

		runs = 0;
		timer_aim(timer, due_ms);
		while (runs == 0)
			run_for(5);
		assert_true(fired_ms >= due_ms);
	}
	timer_free(timer);
}

/* A deadline that moves away fires early, for the owner to aim again. */
static void
test_a_later_aim_costs_nothing_and_fires_early(void **state)
{
	struct timer *timer = timer_new(loop, note_time, NULL);
	uint64_t began_ms = loop->now_ms;

	(void)state;
	runs = 0;
	timer_aim(timer, began_ms + 20);
	timer_aim(timer, began_ms + 60000);
	run_for(60);
	assert_int_equal(runs, 1);
	assert_true(fired_ms >= began_ms + 20);
	timer_aim(timer, loop->now_ms + 60000);
	timer_aim(timer, loop->now_ms + 10);
	run_for(60);
	assert_int_equal(runs, 2);
	timer_free(timer);
}

static void
test_a_timer_at_rest_does_not_fire(void **state)
{
	struct timer *timer = timer_new(loop, count, NULL);

	(void)state;
	runs = 0;
	timer_aim(timer, loop->now_ms + 10);
	timer_rest(timer);
	run_for(40);
	assert_int_equal(runs, 0);
	timer_aim(timer, loop->now_ms + 10);
	run_for(40);
	assert_int_equal(runs, 1);
	timer_free(timer);
}

static void
test_the_clocks_move_with_the_turns(void **state)
{
	uint64_t before_ms = loop->now_ms, clock_ms = loop->clock_ms;

	(void)state;
	run_for(30);
	assert_true(loop->now_ms >= before_ms + 30);
	assert_true(loop->clock_ms > clock_ms);
	assert_in_range(loop->clock_ms / 1000, time(NULL) - 1, time(NULL) + 1);
}

static void
on_signal(int number, void *owner)
{
	(void)owner;
	assert_int_equal(number, SIGUSR1);
	runs++;
}

static void
test_a_signal_is_an_event(void **state)
{
	struct watch *watch = watch_signal(loop, SIGUSR1, on_signal, NULL);

	(void)state;
	runs = 0;
	raise(SIGUSR1);
	run_turns(2);
	assert_int_equal(runs, 1);
	watch_close(watch);
	watch_close(NULL);
}

/* With nothing to do the loop sleeps. */
static void
test_an_idle_loop_does_not_spin(void **state)
{
	uint64_t before_ms = cpu_ms();

	(void)state;
	run_for(300);
	assert_true(cpu_ms() - before_ms < 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_task_runs_once),
	    TEST(test_a_forgotten_task_does_not_run),
	    TEST(test_a_flood_of_tasks_does_not_delay_events),
	    TEST(test_soon_is_the_next_turn_each_time),
	    TEST(test_one_that_is_due_can_be_forgotten),
	    TEST(test_a_turn_ends_with_the_hook),
	    TEST(test_a_timer_fires_in_time),
	    TEST(test_a_timer_never_fires_before_its_time),
	    TEST(test_a_later_aim_costs_nothing_and_fires_early),
	    TEST(test_a_timer_at_rest_does_not_fire),
	    TEST(test_the_clocks_move_with_the_turns),
	    TEST(test_a_signal_is_an_event),
	    TEST(test_an_idle_loop_does_not_spin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
