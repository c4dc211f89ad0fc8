/* policy.c - what an error means for the rest of the run.
 *
 * Nothing, in most cases: it is one entry's matter.  A run that stops is canceled
 * like one that the caller cancels, so that what is in work is removed or finished
 * and nothing new is begun. */
#include "plan/ledger.h"

static void stop(struct pc_ledger *l, enum pcopy_stop why)
{
	if (l->result->stop != PCOPY_STOP_NOT)
		return;
	l->result->stop = why;
	pc_queue_cancel(l->config->queue);
}

void pc_policy_error(struct pc_ledger *l, enum pcopy_step step, int error)
{
	l->errors++;
	if (pc_is_full(step, error))
		stop(l, PCOPY_STOP_FULL);
}

bool pc_policy_stopped(struct pc_ledger *l)
{
	unsigned most = l->config->options->max_errors;

	if (most > 0 && l->errors >= most)
		stop(l, PCOPY_STOP_ERRORS);
	if (!pc_queue_canceled(l->config->queue))
		return false;
	if (l->result->stop == PCOPY_STOP_NOT)
		l->result->stop = PCOPY_STOP_CANCELED;
	return true;
}
