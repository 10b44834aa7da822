# SPDX-License-Identifier: Apache-2.0
# `make bench` measures by what stands in journals and lets tools loose on loop devices: both must go on working, and no figure is asserted.
load helpers

# in_bench CODE: Python that knows the modules of the bench, and this test's folder and binary.
in_bench() {
	PYTHONPATH=$ROOT/tests/bench PYTHONDONTWRITEBYTECODE=1 python3 -c "$1" "$SCRATCH" "$CERTWIPE_BIN"
}

@test "what is done to a medium between writing and reading back is reported, and the bench sees it" {
	"$ROOT/tests/bench/bench.py" --only honesty --size 16M --reps 1 --certwipe "$CERTWIPE_BIN" --work "$SCRATCH/work" >"$SCRATCH/table"
	cat "$SCRATCH/table"
	[ "$(grep -c '| reported |$' "$SCRATCH/table")" = 4 ]
	run ! grep "NOT REPORTED" "$SCRATCH/table"
}

@test "the bench fails when a change is not reported" {
	run in_bench '
import sys, bench, honesty
honesty.flip_a_bit = lambda image, before: [(image.place(1), honesty.SECTOR)]  # says so, and does nothing
sys.exit(bench.main(["--only", "honesty", "--reps", "1", "--certwipe", sys.argv[2], "--work", sys.argv[1] + "/work"]))'
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"NOT REPORTED"* ]]
}

@test "a loop device that became another's is not touched, and stays with the other" {
	other=$SCRATCH/other
	yes "not yours" | head -c 1048576 >"$other"
	before=$(sha256sum <"$other")
	run in_bench '
import subprocess, sys, loops, peers
with loops.store(sys.argv[1]) as store:
    medium = store.medium(1048576)
    subprocess.run(["losetup", "--detach", medium.node], check=True)
    subprocess.run(["losetup", medium.node, sys.argv[1] + "/other"], check=True)
    print("node", medium.node, flush=True)
    peers.shred([medium], "-n1")'
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"NotOurs"* ]]
	loop=$(sed -n 's/^node //p' <<<"$output")
	echo "$loop $(realpath "$other")" >>"$SCRATCH/.loops"
	[ "$(loop_file "$loop")" = "$(realpath "$other")" ]
	[ "$(sha256sum <"$other")" = "$before" ]
}
