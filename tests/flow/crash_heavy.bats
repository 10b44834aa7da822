# SPDX-License-Identifier: Apache-2.0
# Processes are killed at random instants, some with the journal's disk full: nothing lost, nothing claimed that is not so.
load helpers

@test "30 random kills of executor, broker, signer and front leave no lie and nothing that cannot be finished" {
	run python3 "$BATS_TEST_DIRNAME/crash.py" "$CERTWIPE_BIN" "$SCRATCH" 30
	echo "$output"
	[ "$status" = 0 ]
	# A run of luck in which nobody was hit would prove nothing.
	hit=$(grep -cv ': nobody ' <<<"$output")
	[ "$hit" -ge 8 ]
}
