# SPDX-License-Identifier: Apache-2.0
# Processes are killed at random instants, some with the journal's disk full, and jobs resumed until done: nothing lost, nothing claimed that is not so.
load helpers

@test "30 runs with random kills of executor, broker, signer and front, also while resuming, end in true certificates" {
	run python3 "$ROOT/tests/faults/crash.py" "$CERTWIPE_BIN" "$(dirname "$CERTWIPE_BIN")/shim.so" "$SCRATCH" 30
	echo "$output"
	[ "$status" = 0 ]
}
