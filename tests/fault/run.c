/* SPDX-License-Identifier: MIT */
/* run.c - one copy with one fault, and whether all that was promised holds.
 *
 *   what is not named is complete; what is named, or lost with the whole run, is not
 *   there, or complete, or was there before; failed entries and error events are as
 *   many; nothing is left open, allocated, running, or behind in the target */
#include "run.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_MS 20000
#define EVENTS_MAX 4096
#define PATH_BYTES 320

struct seen_event {
	enum pcopy_event_type type;
	enum pcopy_step step;
	int errnum;
	char src[PATH_BYTES]; /* below s/, as struct entry has it; "": not of an entry */
	bool whole;           /* not of an entry, but of the directory that holds all copies */
};

struct run {
	const struct scenario *scenario;
	const struct tree *tree;
	enum pcopy_pool pool;
	struct outcome *outcome;
	struct pcopy_filter *filter; /* of a scenario with rules, or NULL */

	struct seen_event event[EVENTS_MAX];
	int event_count;
	int result;
	struct pcopy_report report;
};

/* The first thing that is wrong is the one that is reported. */
__attribute__((format(printf, 2, 3))) static void wrong(struct outcome *o, const char *format, ...)
{
	va_list arguments;

	if (o->wrong[0])
		return;
	va_start(arguments, format);
	vsnprintf(o->wrong, sizeof(o->wrong), format, arguments);
	va_end(arguments);
}

/* ---- The copy ---- */

static bool is_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	return path && strncmp(path, root, len) == 0 && path[len] == '/';
}

static void note(void *userdata, const struct pcopy_event *event)
{
	struct run *run = userdata;
	struct seen_event *t = &run->event[run->event_count];

	if (run->event_count == EVENTS_MAX) {
		wrong(run->outcome, "too many events");
		return;
	}
	run->event_count++;
	*t = (struct seen_event){.type = event->type, .step = event->step, .errnum = event->errnum};
	if (event->type == PCOPY_EVENT_WORKER || event->type == PCOPY_EVENT_DEGRADED ||
	    event->type == PCOPY_EVENT_FALLBACK)
		return;
	t->whole = event->step == PCOPY_STEP_SYNC && strcmp(event->dst, "d") == 0;
	if (!is_below(event->src, "s") || (!is_below(event->dst, "d") && !t->whole))
		wrong(run->outcome, "an event names '%s' and '%s'", event->src, event->dst);
	else
		snprintf(t->src, sizeof(t->src), "%s", event->src + 1);
}

/* ---- Names ---- */

/* The directory whose entries are listed. */
#define LISTED "/tree"

struct list {
	const struct tree *tree;
	int at;
};

static int list_again(void *userdata)
{
	struct list *list = userdata;

	list->at = 0;
	return 0;
}

static int list_next(void *userdata, const char **ret)
{
	struct list *list = userdata;

	while (list->at < list->tree->count) {
		const char *path = list->tree->entry[list->at++].path;

		if (strncmp(path, LISTED "/", strlen(LISTED "/")) != 0)
			continue;
		*ret = path + strlen(LISTED);
		return 1;
	}
	return 0;
}

static int add_operands(const struct run *run, struct pcopy *copy)
{
	int r = 0;

	if (run->scenario->listed)
		return pcopy_add(copy, "s" LISTED, "d" LISTED, 0);
	for (int i = 0; i < run->tree->count && r == 0; i++) {
		const char *path = run->tree->entry[i].path;
		char src[PATH_MAX], dst[PATH_MAX];

		if (strchr(path + 1, '/'))
			continue;
		snprintf(src, sizeof(src), "s%s", path);
		snprintf(dst, sizeof(dst), "d%s", path);
		r = pcopy_add(copy, src, dst, 0);
	}
	return r;
}

static void copy(struct run *run)
{
	struct pcopy_options options = run->scenario->options;
	struct list list = {.tree = run->tree};
	const struct pcopy_names names = {
		.userdata = &list, .next = list_next, .again = list_again};
	struct pcopy *handle;

	options.filter = run->filter;
	options.pool = run->pool;
	options.processes = run->pool == PCOPY_POOL_HYBRID ? 1 : 2;
	options.threads = run->pool == PCOPY_POOL_COROUTINES ? 1 : 2;
	options.coroutines = 2;
	options.userdata = run;
	options.on_event = note;
	if (run->scenario->listed)
		options.names = &names;
	injection->coordinator = getpid();
	atomic_store(&injection->armed, true);
	run->result = pcopy_new(&options, &handle);
	if (run->result == 0) {
		run->result = add_operands(run, handle);
		if (run->result == 0)
			run->result = pcopy_run(handle);
		run->report = *pcopy_get_report(handle);
		pcopy_free(handle);
	}
	atomic_store(&injection->armed, false);
}

/* ---- What it left in the process ---- */

static int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void check_process(struct run *run, int descriptors, long blocks)
{
	if (open_descriptors() != descriptors)
		wrong(run->outcome, "%d descriptors are left open",
		      open_descriptors() - descriptors);
	if (atomic_load(&injection_blocks) != blocks)
		wrong(run->outcome, "%ld blocks of memory are lost",
		      atomic_load(&injection_blocks) - blocks);
	if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
		wrong(run->outcome, "a worker is left behind");
}

/* ---- What it reported ---- */

static uint64_t sum_failed(const struct pcopy_report *report)
{
	uint64_t n = report->deleted.failed;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].failed;
	return n;
}

static uint64_t sum_walked(const struct pcopy_report *report)
{
	uint64_t n = 0;

	for (int k = 0; k < PCOPY_KINDS; k++)
		n += report->entries[k].copied + report->entries[k].skipped +
		     report->entries[k].failed;
	return n;
}

/* What forbids removals as a whole, and is about no entry. */
static bool is_gate(const struct seen_event *t)
{
	return t->step == PCOPY_STEP_GATE_ERRORS || t->step == PCOPY_STEP_GATE_EMPTY ||
	       t->step == PCOPY_STEP_GATE_LIMIT;
}

/* Whether an event of this kind is about the entry, or a directory that it is in. */
static bool is_reported(const struct run *run, enum pcopy_event_type type, const char *path)
{
	for (int i = 0; i < run->event_count; i++) {
		const struct seen_event *t = &run->event[i];

		if (t->type == type && t->src[0] && !is_gate(t) &&
		    (strcmp(t->src, path) == 0 || is_below(path, t->src)))
			return true;
	}
	return false;
}

static bool directory_failed(const struct run *run)
{
	for (int i = 0; i < run->tree->count; i++) {
		const struct entry *e = &run->tree->entry[i];

		if (S_ISDIR(e->st.st_mode) && is_reported(run, PCOPY_EVENT_ERROR, e->path))
			return true;
	}
	return false;
}

/* The step that failed, and why: of the one fault, or of what followed from it. */
static void check_events(struct run *run, uint64_t *ret_errors, bool *ret_whole)
{
	int injected = atomic_load(&injection->errnum);
	bool named = false;

	*ret_errors = 0;
	*ret_whole = false;
	for (int i = 0; i < run->event_count; i++) {
		const struct seen_event *t = &run->event[i];

		if (t->type != PCOPY_EVENT_ERROR || is_gate(t))
			continue;
		*ret_errors += !t->whole;
		*ret_whole = *ret_whole || t->whole;
		/* what a job as a whole has no memory for is no step's */
		if (t->step == PCOPY_STEP_NONE && t->errnum != ENOMEM)
			wrong(run->outcome, "the error of '%s' names no step", t->src);
		/* what could not be noted of a listing is reported by what it leads to */
		named = named || t->errnum == injected || t->step == PCOPY_STEP_NOT_LISTED;
	}
	if ((*ret_errors > 0 || *ret_whole) && injection->action == ACTION_FAIL && !named)
		wrong(run->outcome, "no error event has errno %d", injected);
}

static bool is_stopped(const struct run *run)
{
	return run->report.stop != PCOPY_STOP_NOT;
}

/* Whether the fault is an answer that no further name can be had, so that a copy is made. */
static bool forbids_links(void)
{
	int errnum = atomic_load(&injection->errnum);

	return errnum == EMLINK || errnum == EXDEV ||
	       (errnum == EPERM &&
	        strcmp(injection_row_name(atomic_load(&injection->row)), "linkat") == 0);
}

/* Whether a hard link is what was asked for, and no copy does instead. */
static bool wants_links(const struct run *run)
{
	return run->scenario->options.make == PCOPY_MAKE_HARD_LINKS && forbids_links();
}

/* Without memory for messages a directory is reported instead of its entries. */
static bool lacks_words(const struct run *run)
{
	bool reported = false;

	for (int i = 0; i < run->event_count; i++)
		reported = reported || ((run->event[i].step == PCOPY_STEP_WORKER ||
		                         run->event[i].step == PCOPY_STEP_NONE) &&
		                        run->event[i].errnum == ENOMEM);
	return reported && injection->action == ACTION_FAIL_ON;
}

/* Whether a file system reported that what was written is lost: nothing shows it here. */
static bool is_loss(void)
{
	int errnum = atomic_load(&injection->errnum);

	return injection->action == ACTION_FAIL && atomic_load(&injection->fired) &&
	       strcmp(injection_row_name(atomic_load(&injection->row)), "close") == 0 &&
	       errnum != EINTR;
}

/* Whether a file of rules seemed to be unreadable, so that what it excludes is copied. */
static bool lacks_rules(const struct run *run)
{
	return run->scenario->ruled && atomic_load(&injection->errnum) == EACCES;
}

static void check_counts(struct run *run)
{
	uint64_t failed = sum_failed(&run->report), walked = sum_walked(&run->report), errors;
	uint64_t there = (uint64_t)run->tree->count;
	bool whole;

	check_events(run, &errors, &whole);
	if (run->result < 0) {
		if (!atomic_load(&injection->fired))
			wrong(run->outcome, "pcopy_run() returned %d", run->result);
		return;
	}
	if (run->result != (failed > 0 || whole))
		wrong(run->outcome, "pcopy_run() returned %d with %lu failed", run->result, failed);
	/* what was in work when a full disk ended the run failed without a word */
	if (is_stopped(run) || lacks_words(run) ? failed < errors : failed != errors)
		wrong(run->outcome, "%lu entries failed and %lu errors were reported", failed,
		      errors);
	if (lacks_rules(run) && walked > there)
		walked = there;
	/* a listed directory that failed may be opened after all, as it leads to another name */
	if (run->scenario->listed && failed > 0 && walked == there + 1)
		walked = there;
	if (walked > there || (walked < there && !directory_failed(run) && !is_stopped(run)))
		wrong(run->outcome, "%lu of %lu entries were walked", walked, there);
	if (failed == 0 && is_loss())
		wrong(run->outcome, "close() failed, which nothing tells");
	if (failed > 0 && !atomic_load(&injection->fired))
		wrong(run->outcome, "%lu failed without a fault", failed);
	if (failed > 0 && atomic_load(&injection->harmless) && !wants_links(run))
		wrong(run->outcome, "'%s' failed (step %d, errno %d) though there is another way",
		      run->event[0].src, run->event[0].step, run->event[0].errnum);
}

/* ---- What it made ---- */

static struct judged judged_for(const struct run *run, const struct entry *e)
{
	unsigned keep = run->scenario->options.preserve;

	return (struct judged){
		.attributes = keep & PCOPY_KEEP_TIMES,
		/* those that cannot be links are copies */
		.links = (keep & PCOPY_KEEP_LINKS) && !forbids_links() &&
	                 !is_reported(run, PCOPY_EVENT_ERROR, run->tree->entry[e->first].path),
		.xattr = (keep & PCOPY_KEEP_XATTR) &&
	                 !is_reported(run, PCOPY_EVENT_WARNING, e->path),
	};
}

/* Whether a file takes the place of what was there in one step; where none can be made
 * beside it, only when it must. */
static bool is_replaced(const struct run *run)
{
	const struct pcopy_options *o = &run->scenario->options;

	return o->atomic == PCOPY_ALWAYS ||
	       (o->update == PCOPY_UPDATE_OLDER && atomic_load(&injection->errnum) != EACCES);
}

static void check_entry(struct run *run, int n)
{
	const struct entry *e = &run->tree->entry[n];
	bool existing = run->scenario->existing && !S_ISDIR(e->st.st_mode);
	struct judged judged = judged_for(run, e);
	const char *differs;

	if (run->scenario->suffix && existing && !tree_has_old(e, "") &&
	    !tree_has_old(e, run->scenario->suffix))
		wrong(run->outcome, "what was at 'd%s' is lost", e->path);
	if (e->kept) {
		if (!tree_has_old(e, ""))
			wrong(run->outcome, "'d%s' was to stay as it was", e->path);
		return;
	}
	differs = tree_differs(run->tree, n, &judged);
	if (is_replaced(run) && existing && S_ISREG(e->st.st_mode) &&
	    tree_lies(run->tree, n, false) && !tree_has_old(e, ""))
		wrong(run->outcome, "'d%s' is neither the old file nor the new one", e->path);
	if (run->result < 0 || is_stopped(run) || is_reported(run, PCOPY_EVENT_ERROR, e->path)) {
		if (tree_lies(run->tree, n, existing))
			wrong(run->outcome, "'d%s' looks finished and is not", e->path);
		return;
	}
	/* what leads to names that all failed is not made */
	if (run->scenario->listed && S_ISDIR(e->st.st_mode) && differs &&
	    strcmp(differs, "is missing") == 0)
		return;
	if (differs)
		wrong(run->outcome, "'d%s' %s, which nothing tells", e->path, differs);
}

/* ---- What it removed ---- */

/* Whether something was reported that explains why what the source does not have is there. */
static bool is_explained(const struct run *run, const char *path)
{
	for (int i = 0; i < run->event_count; i++) {
		const struct seen_event *t = &run->event[i];

		if (t->type == PCOPY_EVENT_ERROR && (is_gate(t) || is_below(t->src, path)))
			return true;
	}
	return is_reported(run, PCOPY_EVENT_ERROR, path);
}

/* What the source has was in the target, too: whatever happens, something has its name. */
static void check_not_removed(struct run *run, const struct entry *e)
{
	bool is_certain = S_ISDIR(e->st.st_mode) || (S_ISREG(e->st.st_mode) && e->st.st_nlink == 1);

	if (is_certain && !tree_has_obstacle(e) && !tree_is_there(e->path))
		wrong(run->outcome, "'d%s' was removed, which the source has", e->path);
}

static void check_surplus(struct run *run)
{
	bool ended = run->result < 0 || is_stopped(run);

	for (const struct surplus *s = run->tree->surplus; s && s->path; s++) {
		bool there = tree_is_there(s->path);

		if (s->stays && !there)
			wrong(run->outcome, "'d%s' was removed, which was to stay", s->path);
		if (!s->stays && there && !ended && !is_explained(run, s->path))
			wrong(run->outcome, "'d%s' was not removed, which nothing tells", s->path);
	}
	for (int i = 0; run->tree->surplus && i < run->tree->count; i++)
		check_not_removed(run, &run->tree->entry[i]);
}

static void check_target(struct run *run)
{
	const char *suffix = run->scenario->suffix ? run->scenario->suffix : "";
	const char *stranger = tree_stranger(run->tree, suffix);

	for (int i = 0; i < run->tree->count; i++)
		check_entry(run, i);
	check_surplus(run);
	/* where no call of a kind works, what is temporary can be known by its name */
	if (stranger && !lacks_rules(run) &&
	    !((injection->action == ACTION_FAIL_ON || is_stopped(run)) &&
	      strstr(stranger, "/.pcopy-")))
		wrong(run->outcome, "'%s' was left behind", stranger);
}

/* ---- In a process of its own ---- */

/* They are never freed: the process ends. */
static void make_rules(struct run *run)
{
	if (pcopy_filter_new(&run->filter) < 0 ||
	    pcopy_filter_add(run->filter, PCOPY_FILTER_EXCLUDE, "ruled-out", false, NULL) < 0 ||
	    pcopy_filter_add(run->filter, PCOPY_FILTER_EXCLUDE, ".gitignore", false, NULL) < 0)
		wrong(run->outcome, "no rules");
}

_Noreturn static void run_child(struct run *run)
{
	int descriptors = open_descriptors();
	long blocks;

	if (run->scenario->ruled)
		make_rules(run);
	blocks = atomic_load(&injection_blocks);
	/* whatever becomes of this process, nothing of it stays */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	copy(run);
	check_process(run, descriptors, blocks);
	check_counts(run);
	check_target(run);
	for (int i = 0; run->outcome->wrong[0] && i < run->event_count; i++)
		printf("# reported of '%s': type %d, step %d, errno %d\n", run->event[i].src,
		       run->event[i].type, run->event[i].step, run->event[i].errnum);
	fflush(stdout);
	run->outcome->result = run->result;
	run->outcome->replaced = run->report.replaced;
	_exit(0);
}

static void await(pid_t pid, struct outcome *o)
{
	struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int status;

	if (poll(&end, 1, HANG_MS) == 0) {
		wrong(o, "it hangs");
		kill(-pid, SIGKILL);
	}
	close(end.fd);
	waitpid(pid, &status, 0);
	atomic_store(&injection->armed, false); /* it may not have come to that */
	if (WIFSIGNALED(status))
		wrong(o, "it died of signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		wrong(o, "it ended with status %d", WEXITSTATUS(status));
}

void run_prepare(const struct scenario *scenario, struct tree *tree)
{
	bool follow = scenario->options.dereference == PCOPY_DEREFERENCE_ALWAYS;

	if (scenario->wide)
		tree_make_wide();
	else
		tree_make_source();
	if (follow && unlink("s/tree/dangling") < 0) /* it names nothing to be copied */
		_exit(99);
	if (scenario->listed && (unlink("s/top") < 0 || unlink("s/top-large") < 0 ||
	                         unlink("s/top-link") < 0)) /* there is one operand */
		_exit(99);
	tree_look(tree, follow);
	if (scenario->ruled)
		tree_make_excluded();
	for (int i = 0; i < tree->count; i++)
		tree->entry[i].kept = scenario->existing &&
		                      scenario->options.update == PCOPY_UPDATE_OLDER &&
		                      strncmp(strrchr(tree->entry[i].path, '/'), "/keep", 5) == 0;
	if (mkdir("d", 0755) < 0)
		_exit(99);
}

/* Where the program was loaded: addr2line -e wants what is beyond it. */
extern const char __executable_start;

static void describe_fault(struct outcome *o)
{
	o->fired = atomic_load(&injection->fired);
	o->errors = atomic_load(&injection->errors);
	if (injection->action == ACTION_FAIL || injection->action == ACTION_FAIL_ON)
		snprintf(o->fault, sizeof(o->fault), "call %lu, %s at %#lx: %s", injection->target,
		         injection_row_name(atomic_load(&injection->row)),
		         atomic_load(&injection->caller) - (uintptr_t)&__executable_start,
		         strerrorname_np(atomic_load(&injection->errnum)));
	else
		snprintf(o->fault, sizeof(o->fault), "call %lu, %s", injection->target,
		         injection_row_name(atomic_load(&injection->row)));
}

void run_once(const struct scenario *scenario, struct tree *tree, enum pcopy_pool pool,
              struct outcome *ret)
{
	static struct outcome *shared;
	struct run *run;
	pid_t pid;

	if (!shared)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*shared = (struct outcome){0};
	run = calloc(1, sizeof(*run));
	*run = (struct run){.scenario = scenario, .tree = tree, .pool = pool, .outcome = shared};
	tree_remove("d");
	if (scenario->existing)
		tree_make_existing(tree);
	if (scenario->surplus)
		tree_make_surplus(tree, scenario->ruled,
		                  !(scenario->options.delete_flags & PCOPY_DELETE_EXCLUDED));
	injection_reset();
	injection->network = scenario->network;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		run_child(run);
	}
	await(pid, shared);
	free(run);
	describe_fault(shared);
	*ret = *shared;
}
