/* SPDX-License-Identifier: MIT */
/* main.c - the command over MPI ranks: rank 0 runs the command, the other ranks serve it. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <mpi.h>

#include "cli/command.h"
#include "cli/messages.h"
#include "cli/options.h"
#include "mpi/transport.h"

/* MPI_Init() waits for all ranks and prints nothing.  If a rank is missing after this time, a
 * message says so. */
#define START_S 10U

static void start_overdue(int number)
{
	static const char text[] = "pcopy-mpi: waiting in MPI_Init() for all ranks to start\n";

	(void)number;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1); /* stderr is the last resort */
}

/* True in the process that prints for all.  Before MPI_Init() only the launcher's environment
 * tells the rank. */
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
		(void)signal(SIGALRM, start_overdue); /* cannot fail for SIGALRM */
		(void)alarm(START_S);
	}
	r = MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
	(void)alarm(0);
	(void)signal(SIGALRM, SIG_DFL);
	return r == MPI_SUCCESS && provided < MPI_THREAD_FUNNELED ? MPI_ERR_OTHER : r;
}

/* The number of processes according to the launcher.  The launcher of another MPI starts each
 * process as if it were alone, and all would make the same copy. */
static unsigned long processes_started(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE",
	                                    "SLURM_STEP_NUM_TASKS"};
	unsigned long most = 1;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = getenv(names[i]);
		unsigned long count = text ? strtoul(text, NULL, 10) : 0;

		most = count > most ? count : most;
	}
	return most;
}

static int run_single(int argc, char **argv)
{
	unsigned long count = processes_started();

	if (count == 1)
		return cli_main(argc, argv, NULL, NULL);
	if (is_first())
		(void)fprintf(
			stderr,
			"pcopy-mpi: %lu processes were started, but MPI does not connect them: is "
			"this the launcher of another MPI? (srun: --mpi=pmix, --mpi=pmi2)\n",
			count);
	return CLI_EXIT_USAGE;
}

/* The launcher sends signals to all ranks.  Only rank 0 acts on them; it then sends the other
 * ranks a message. */
static void signals_ignore(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGTSTP, SIGXFSZ};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN); /* cannot fail for these */
}

static int serve(const struct pcopy_transport *transport)
{
	struct utsname name;
	int r;

	signals_ignore();
	r = pcopy_serve(transport);
	if (r == 0)
		return 0;
	(void)fprintf(stderr, "pcopy-mpi: rank %u (%s): %s\n", transport->rank,
	              uname(&name) < 0 ? "?" : name.nodename,
	              r == -EBADMSG ? "invalid message: do all ranks run this program?"
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
	if (transport->ranks == 1) { /* MPI has started threads, so forking is unsafe */
		mpi_link_free(link);
		(void)MPI_Finalize(); /* no error is useful now */
		return run_single(argc, argv);
	}
	if (transport->rank == 0) {
		status = cli_main(argc, argv, transport, NULL);
		(void)pcopy_dismiss(transport); /* a rank that cannot be reached has ended */
	} else {
		status = serve(transport);
	}
	mpi_link_free(link);
	(void)MPI_Finalize(); /* no error is useful now */
	return status;
}
