# SPDX-License-Identifier: Apache-2.0
# For flow tests about jobs at work: `load helpers` and `load jobs`.
#
#   wipe_frozen DEV [OPTION...]  a wipe in the background whose executor is halted in mid-write, so that a test has all the time it needs;
#                                sets EXECUTOR and JOB
#   thaw                         lets it go on
#   wait_front                   until the command has ended; sets status, output and stderr
#   mount_at DEV DIR             makes the folder and mounts it there
#   is_untouched FILE...         holds what `remember FILE...` saw
FROZEN_SIZE=$((32 << 20)) # of a medium that is to be caught in mid-write
FROZEN_AT=$((4 << 20))    # so much is written by then, and some more

teardown() {
	jobs_teardown
	flow_teardown
}

jobs_teardown() {
	[ -n "${SCRATCH:-}" ] || return 0
	[ -z "${HOLDER:-}" ] || kill "$HOLDER" || :
	local loop file
	while read -r loop file; do
		[ "$(loop_file "$loop")" != "$file" ] || end_users_of "$loop"
	done <"$SCRATCH/.loops"
	wait # the commands that were told of it write into the scratch folder
}

# mount_at DEV DIR [MOUNT OPTION...]
# policy_of ID NEW LINE...: a policy NEW of this test's own, as ID with these lines about how jobs run.
policy_of() {
	mkdir -p "$STATE/policy"
	{
		sed "s/^id = $1\$/id = $2/" "$ROOT/share/policy/$1.policy"
		printf '\n[running]\n'
		printf '%s\n' "${@:3}"
	} >"$STATE/policy/$2.policy"
}

mount_at() {
	mkdir -p "$2"
	mount "${@:3}" "$1" "$2"
}

# After an umount or the end of a holder the kernel keeps a device for a moment.
wait_free() {
	python3 - "$1" <<-'END'
		import os, sys, time
		for _ in range(1000):
		    try:
		        os.close(os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL))
		        sys.exit(0)
		    except OSError:
		        time.sleep(0.01)
		sys.exit(sys.argv[1] + " stays busy")
	END
}

# wait_until SECONDS COMMAND...
wait_until() {
	local end=$((SECONDS + $1))
	until "${@:2}"; do
		[ $SECONDS -lt $end ] || { echo "waited in vain for: ${*:2}"; return 1; }
		sleep 0.05
	done
}

# start_halted DEV ARG...: the same for any command that overwrites DEV, among others perhaps; JOB is not set.  LAUNCHER: what certwipe is started by.
LAUNCHER=()
start_halted() {
	rm -f "$SCRATCH/frozen"
	"$BATS_TEST_DIRNAME/frozen.py" "$1" $FROZEN_AT "$SCRATCH/frozen" "${LAUNCHER[@]}" "$CERTWIPE_BIN" "${@:2}" --json --state "$STATE" </dev/null \
		>"$SCRATCH/front.out" 2>"$SCRATCH/front.err" 3>&- &
	FRONT=$!
	wait_until 60 test -e "$SCRATCH/frozen" || { cat "$SCRATCH"/front.*; return 1; }
	EXECUTOR=$(<"$SCRATCH/frozen")
}

# job_on DEV: the job that runs on it.
job_on() {
	"$CERTWIPE_BIN" jobs --json --state "$STATE" | jq -er --arg node "$1" '.jobs[] | select(.running and .node == $node) | .jobId'
}

# start_frozen DEV ARG...: for the only medium of a call.
start_frozen() {
	start_halted "$@"
	wait_frozen
}

wait_frozen() {
	JOB=$("$CERTWIPE_BIN" jobs --json --state "$STATE" | jq -r '.jobs[] | select(.running) | .jobId')
	[ -n "$JOB" ]
}

wipe_frozen() {
	start_frozen "$1" wipe "$1" --policy lab --authorise "$(list_of "$1")" "${@:2}"
}

thaw() {
	kill -CONT "$EXECUTOR"
}

wait_front() {
	status=0
	wait "$FRONT" || status=$?
	output=$(cat "$SCRATCH/front.out")
	stderr=$(cat "$SCRATCH/front.err")
	show_last
}

# wipe_stopped DEV: one that was stopped in mid-write and has its signed report.
wipe_stopped() {
	wipe_frozen "$@"
	cw stop "$JOB"
	exits 0
	thaw
	wait_front
	exits 130
}

# wipe_killed DEV: one whose executor was killed in mid-write.
wipe_killed() {
	wipe_frozen "$@"
	kill -KILL "$EXECUTOR"
	wait_front
	exits 7
}

remember() {
	sha256sum "$@" >"$SCRATCH/remembered"
}

is_untouched() {
	sha256sum --check --quiet "$SCRATCH/remembered"
}
