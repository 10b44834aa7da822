# SPDX-License-Identifier: Apache-2.0
# What a process holds and may do while it works, the order of what is brought to disk, and calls that fail, one in each run: a sample.  `make check-faults`
# tries every call.
# runs beside others
load helpers

# faults TOOL ARG...: a tool of tests/faults on this build.
faults() {
	run python3 "$ROOT/tests/faults/$1.py" "$CERTWIPE_BIN" "$(dirname "$CERTWIPE_BIN")/shim.so" "$SCRATCH" "${@:2}"
	echo "$output"
	[ "$status" = 0 ]
}

@test "prober, executor and signer work without root, without capabilities, behind a filter, and hold no more than they need" {
	faults cages
}

@test "what is announced is on disk before it happens, and what is claimed is on the medium" {
	faults order
}

@test "whatever call fails, nothing false comes of it, nothing crashes, and the job can be ended" {
	seed=1
	[[ $CERTWIPE_BIN != */san/* ]] || seed=2
	faults faults --sample 25 --seed $seed
}
