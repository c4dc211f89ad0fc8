/* SPDX-License-Identifier: MIT */
/* main.c - the command over ranks of MPI: rank 0 is the command, the others serve it. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <mpi.h>

#include "bench/bench.h"
#include "cli/command.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "mpi/transport.h"

/* MPI_Init() waits for all ranks.  If one does not come, the others hang without a word, so that
 * after so long a word is said. */
#define PATIENCE_S 10U

static void patience_over(int number)
{
	static const char said[] = "pcopy-mpi: waiting in MPI_Init() for all ranks to start\n";

	(void)number;
	(void)!write(STDERR_FILENO, said, sizeof(said) - 1); /* nobody is left to tell */
}

/* Which rank this is, is known from the launcher alone by then: one is to speak for all. */
static bool is_first(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK",
	                                    "SLURM_PROCID"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *rank = getenv(names[i]);

		if (rank)
			return strcmp(rank, "0") == 0;
	}
	return true;
}

static int mpi_begin(int *argc, char ***argv)
{
	int provided, r;

	if (is_first()) {
		(void)signal(SIGALRM, patience_over); /* cannot fail for this one */
		(void)alarm(PATIENCE_S);
	}
	r = MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
	(void)alarm(0);
	(void)signal(SIGALRM, SIG_DFL);
	return r == MPI_SUCCESS && provided < MPI_THREAD_FUNNELED ? MPI_ERR_OTHER : r;
}

/* What ends the run is told to all of them: rank 0 decides what it means, and then tells the
 * others by a message. */
static void signals_leave(void)
{
	static const int left[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP, SIGXFSZ};

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		(void)signal(left[i], SIG_IGN); /* cannot fail for these */
}

static int serve(const struct pcopy_transport *transport)
{
	struct utsname name;
	int r;

	signals_leave();
	r = pcopy_serve(transport);
	if (r == 0)
		return 0;
	(void)fprintf(stderr, "pcopy-mpi: rank %u (%s): %s\n", transport->rank,
	              uname(&name) < 0 ? "?" : name.nodename,
	              r == -EBADMSG ? "a message that is none: do all ranks run this program?"
	                            : strerror(-r));
	(void)MPI_Abort(MPI_COMM_WORLD, CLI_EXIT_FAILED);
	return CLI_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct mpi_link *link;
	const struct pcopy_transport *transport;
	int status;

	if (mpi_begin(&argc, &argv) != MPI_SUCCESS || mpi_link_new(&link) < 0) {
		(void)fputs("pcopy-mpi: cannot initialise MPI\n", stderr);
		return CLI_EXIT_FAILED;
	}
	transport = mpi_link_transport(link);
	if (transport->ranks == 1) { /* MPI has threads, beside which no process can be forked */
		mpi_link_free(link);
		(void)MPI_Finalize(); /* nothing is left to be told */
		return cli_main(argc, argv, NULL, bench_run);
	}
	if (transport->rank == 0) {
		status = cli_main(argc, argv, transport, bench_run);
		(void)pcopy_dismiss(transport); /* who is not there any more has ended */
	} else {
		status = serve(transport);
	}
	mpi_link_free(link);
	(void)MPI_Finalize(); /* nothing is left to be told */
	return status;
}
