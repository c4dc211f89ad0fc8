# lib.sh - what the tests of pcopy-mpi share; behind tests/cli/lib.sh.
#
# PCOPY_MPI names the program, NODE the object that has each rank look like a machine of its own.

: "${PCOPY_MPI:=}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# In containers processes may not read each other's memory, which Open MPI finds out aloud.
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_btl_base_warn_component_unused=0
# More ranks than CPUs, which give way to each other while they wait; on this machine alone, so
# that a start does not look for networks.
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl=self,vader OMPI_MCA_pml=ob1
# MPIRUN names that of the MPI which the program was built with.
MPIRUN=("${MPIRUN:-mpirun}")
case $("${MPIRUN[0]}" --version 2>/dev/null) in
*'Open MPI'*) # quiet about the end of ranks
	MPIRUN+=(-q --oversubscribe --bind-to none)
	;;
*)
	MPIRUN+=(-bind-to none)
	;;
esac
# Where rank 0 ends with a status that is not 0, Open MPI ends the others: it need not wait for them.
STATUS=(env OMPI_MCA_odls_base_sigkill_timeout=0)

[[ -n $PCOPY_MPI ]] || skip_all "pcopy-mpi was not built: no MPI"
command -v "${MPIRUN[0]}" >/dev/null || skip_all "no ${MPIRUN[0]}"

# ranks N ARG...: the program with N ranks, of which one coordinates.
ranks() {
	local n=$1
	shift
	timeout --foreground -s KILL 300 "${STATUS[@]}" "${MPIRUN[@]}" -n "$n" "${WITH[@]}" "$PCOPY_MPI" "$@"
}
WITH=() # what each rank is started by

# nodes N ARG...: the same, each on a machine of its own, as far as it can tell.
nodes() {
	local WITH=(env "LD_PRELOAD=$NODE")
	ranks "$@"
}

# by_schema FILE: its lines are what the schema of --events says.
by_schema() {
	"${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/tests/cli/schema.py" "$PCOPY_SOURCE/docs/events.schema.json" --lines "$1"
}

# same_by_rsync A B: rsync has nothing to do.
same_by_rsync() {
	local todo
	todo=$(rsync -aniHAX --checksum --delete "$1/" "$2/") || fail "rsync: $?"
	[[ -z $todo ]] || fail "rsync would do: $(head -n 5 <<<"$todo")"
}

# tree NAME [SCALE]: one of the benchmark's trees, at ./src.
tree() {
	"${PCOPY_PYTHON:-python3}" "$PCOPY_SOURCE/bench/make-tree" --scale="${2:-0.05}" "$1" src \
		>/dev/null || skip "cannot make tree $1"
	rm -f src.stamp
}
