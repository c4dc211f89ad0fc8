/* SPDX-License-Identifier: MIT */
/* transport.h - messages between ranks over MPI. */
#ifndef PC_MPI_TRANSPORT_H
#define PC_MPI_TRANSPORT_H

#include <pcopy.h>

/* The ranks of MPI_COMM_WORLD.  MPI must be initialised, and only this thread calls it. */
struct mpi_link;
int mpi_link_new(struct mpi_link **ret);
const struct pcopy_transport *mpi_link_transport(const struct mpi_link *link);

/* Waits until all messages have been sent, and frees the link. */
void mpi_link_free(struct mpi_link *link);

#endif
