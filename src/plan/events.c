/* events.c - from a worker's item to the caller's callback. */
#include "plan/ledger.h"

#include "base/buffer.h"

#include <string.h>

/* An operand as it was given, and the path below it. */
static const char *display(struct pc_buffer *path, const char *operand, const char *dir,
			   const char *rest)
{
	size_t len = strlen(operand);

	/* "dir/" and "/" bring their own slash */
	while (len > 0 && operand[len - 1] == '/' && (*dir || *rest))
		len--;
	if (pc_buffer_add(path, operand, len) < 0)
		return operand;
	if (len == 0 && *operand == '/' && pc_buffer_add(path, "", 0) < 0)
		return operand;
	if ((*dir && (pc_buffer_add(path, "/", 1) < 0 || pc_buffer_add(path, dir, strlen(dir)) < 0)) ||
	    (*rest && (pc_buffer_add(path, "/", 1) < 0 || pc_buffer_add(path, rest, strlen(rest)) < 0)))
		return operand;
	return path->data;
}

/* A warning that holds for many entries is sent once, and counted always. */
static bool told_already(struct pc_ledger *l, const struct pc_item *item)
{
	uint64_t key = (uint64_t)item->step << 32 | (uint32_t)item->error;
	unsigned max = sizeof(l->warned) / sizeof(l->warned[0]);

	for (unsigned i = 0; i < l->warned_count; i++) {
		if (l->warned[i] == key)
			return true;
	}
	if (l->warned_count < max)
		l->warned[l->warned_count++] = key;
	return false;
}

void pc_event_send(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
		   const char *name)
{
	const struct pcopy_options *options = l->config->options;
	const struct pc_root *root = &l->config->root[item->root];
	struct pc_buffer src = {0}, dst = {0};
	struct pcopy_event event = {
		.type = item->event,
		.kind = item->kind,
		.step = item->step,
		.errnum = -item->error,
	};

	if (!options->on_event || (event.type == PCOPY_EVENT_WARNING && told_already(l, item)))
		return;
	event.src = display(&src, root->src, dir_path, name);
	event.dst = display(&dst, root->dst, dir_path, name);
	options->on_event(options->userdata, &event);
	pc_buffer_done(&src);
	pc_buffer_done(&dst);
}

bool pc_event_ask(struct pc_ledger *l, const struct pc_item *item, const char *dir_path,
		  const char *name)
{
	const struct pcopy_options *options = l->config->options;
	struct pc_buffer dst = {0};
	bool yes = options->on_overwrite(options->userdata,
					 display(&dst, l->config->root[item->root].dst, dir_path, name),
					 item->arg & 07777U, item->arg & PC_ASK_WRITABLE);

	pc_buffer_done(&dst);
	return yes;
}

void pc_event_worker(struct pc_ledger *l, enum pcopy_event_type type, int errnum)
{
	const struct pcopy_options *options = l->config->options;
	struct pcopy_event event = {.type = type, .errnum = errnum};

	if (options->on_event)
		options->on_event(options->userdata, &event);
}
